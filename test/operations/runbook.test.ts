import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { backupCommand } from '../../cli/commands/backup.js';
import { planCommand } from '../../cli/commands/plan.js';
import { restoreCommand } from '../../cli/commands/restore.js';
import { rolloutCommand } from '../../cli/commands/rollout.js';
import { sessionsCommand } from '../../cli/commands/sessions.js';
import { smokeCommand } from '../../cli/commands/smoke.js';
import { statusCommand } from '../../cli/commands/status.js';

const COMMANDS = [
  backupCommand(),
  planCommand(),
  restoreCommand(),
  rolloutCommand(),
  sessionsCommand(),
  smokeCommand(),
  statusCommand(),
];

/** What is wrong with the commands in a text. */
function mistakes(text: string): string[] {
  const lines = [...text.matchAll(/copilot-runtimes ([a-z-]+)([^\n`#|]*)/g)];
  return lines.flatMap(([line, name, rest = '']) => {
    const command = COMMANDS.find((one) => one.name() === name);
    if (!command) return [`${line.trim()}: no such command`];
    const flags: readonly string[] = rest.match(/--[a-z-]+/g) ?? [];
    const known = command.options.map(({ long }) => long);
    const unknown = flags.filter((flag) => !known.includes(flag)).map((flag) => `${line.trim()}: no ${flag}`);
    const required = command.options.filter(({ mandatory }) => mandatory).map(({ long }) => long!);
    // In a sentence a command may be only named.
    const missing = flags.includes('--manifest') ? required.filter((flag) => !flags.includes(flag)) : [];
    return [...unknown, ...missing.map((flag) => `${line.trim()}: lacks ${flag}`)];
  });
}

describe('the runbook', () => {
  it('has only commands and options that there are', () => {
    const text = readFileSync('docs/operations.md', 'utf8');
    expect(text.match(/^copilot-runtimes /gm)!.length).toBeGreaterThan(4);
    expect(mistakes(text)).toEqual([]);
  });

  it('is held against the commands', () => {
    expect(mistakes('copilot-runtimes tidy --manifest m')).toEqual([
      'copilot-runtimes tidy --manifest m: no such command',
    ]);
    expect(mistakes('copilot-runtimes status --why')).toEqual(['copilot-runtimes status --why: no --why']);
    expect(mistakes('copilot-runtimes restore --manifest m --tenant t')).toEqual([
      'copilot-runtimes restore --manifest m --tenant t: lacks --from',
    ]);
  });
});
