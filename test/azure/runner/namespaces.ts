import { readdirSync } from 'node:fs';

import { command } from '../../cluster/node/command.js';
import { isRunning } from '../../support/processes.js';

const PREFIX = 'crt-azure';

/** A name that says which process a network namespace belongs to. */
export const namespaceName = (what: string | number) => `${PREFIX}-${process.pid}-${what}`;

export const ip = (...args: string[]) => command('ip', args, { timeoutMs: 10_000 });

/** Makes a network namespace. */
export async function addNamespace(name: string): Promise<void> {
  await ip('netns', 'add', name);
  await ip('-n', name, 'link', 'set', 'lo', 'up');
}

/** Ends what runs in a network namespace, and removes it. */
export async function removeNamespace(name: string): Promise<void> {
  for (const pid of (await ip('netns', 'pids', name)).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone in the meantime.
    }
  }
  await ip('netns', 'delete', name);
}

/** Removes what was left behind by runs that were killed. */
export async function removeLeftovers(): Promise<void> {
  let names: string[];
  try {
    names = readdirSync('/run/netns');
  } catch {
    return;
  }
  for (const name of names) {
    const [, pid] = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) await removeNamespace(name);
  }
}
