import { readFile } from 'node:fs/promises';

import { InputError } from '../topology/index.js';

import type { LoadedTopology } from './files.js';

/**
 * Stops `cdktf destroy` before Terraform starts when it would end in an error of Terraform's in the middle: volumes
 * with `retention: retain` refuse to be destroyed. The CLI does not tell its app what it is about to do, so the
 * command line of the parents is read; where that is not possible (no /proc), Terraform itself refuses.
 *
 * @throws {InputError} naming the tenants
 */
export async function refuseDestroy(
  { file, plan }: Pick<LoadedTopology, 'file' | 'plan'>,
  commands: Promise<readonly (readonly string[])[]> = parentCommands(),
): Promise<void> {
  const retained = plan.runtimes.filter(({ volume }) => volume.retention === 'retain').map(({ id }) => id);
  if (retained.length === 0) return;
  if (!(await commands).some(destroys)) return;
  throw new InputError(file, [
    {
      path: ['storage', 'retention'],
      message: `is retain, so that destroy would stop at the volumes of ${retained.join(', ')}: put tenants under purge one by one, or set retention: delete and deploy that first`,
    },
  ]);
}

/** Commands of the CLI that run its app, with their aliases. */
const COMMANDS = [
  'synth',
  'synthesize',
  'diff',
  'plan',
  'deploy',
  'apply',
  'destroy',
  'output',
  'list',
  'watch',
];

/** Whether a command line is that of `cdktf destroy`. Stacks and options may be called "destroy" as well. */
function destroys(command: readonly string[]): boolean {
  const cli = command.findIndex((argument) => /(^|\/)cdktf(\.js)?$/.test(argument));
  if (cli < 0) return false;
  return command.slice(cli + 1).find((argument) => COMMANDS.includes(argument)) === 'destroy';
}

/** Command lines of the processes above this one. */
async function parentCommands(): Promise<string[][]> {
  const commands: string[][] = [];
  for (let pid = process.ppid; pid > 1;) {
    try {
      commands.push((await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0'));
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      break;
    }
  }
  return commands;
}
