#!/usr/bin/env node
import { Command, CommanderError } from 'commander';

import { COMMANDS } from './commands/index.js';
import { EXIT_INPUT, exitWith } from './exit.js';
import { version } from './version.js';

const program = new Command('copilot-runtimes')
  .description('Provision GitHub Copilot SDK runtimes for many tenants, and prove that they are isolated.')
  .version(version())
  .showHelpAfterError('(--help shows what is known)')
  .addHelpText('after', '\nExit codes: 0 all is well, 1 a run or a check failed, 2 the input cannot be used.')
  .exitOverride();

const [asked = ''] = process.argv.slice(2);
// Help, and whoever misspells one, needs them all.
for (const name of Object.hasOwn(COMMANDS, asked) ? [asked] : Object.keys(COMMANDS)) {
  const command = await COMMANDS[name]!();
  program.addCommand(command.copyInheritedSettings(program));
}

process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  // The SDK lets errors of a socket escape when a runtime dies; the call that used it fails by itself, or in time.
  if (/^(EPIPE|ECONNRESET)$/.test(error.code ?? '') || /connection is (closed|disposed)/i.test(error.message))
    return;
  exitWith(error);
  process.exit();
});

try {
  await program.parseAsync();
} catch (error) {
  // Commander has printed its own message already; help and version are no errors.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_INPUT;
  else exitWith(error);
}
// A check that missed its deadline, or was interrupted, may still wait for an answer: nobody else does.
process.stdout.write('', () => process.exit());
