import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from '@jest/globals';
import { buildSync } from 'esbuild';

import { command } from '../cluster/node/command.js';
import { waitFor } from '../support/wait.js';

import { describeWithRunner, startRunner } from './support/runner.js';
import { startStandIn } from './support/stand-in.js';

const CACHE = path.resolve('.cache/azure');

/** Starts a process that runs a container group. @returns its pid and its folder */
async function runElsewhere() {
  mkdirSync(CACHE, { recursive: true });
  const outfile = path.join(CACHE, 'runner-process.mjs');
  const entry = 'test/azure/support/runner-process.ts';
  buildSync({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const child = spawn(process.execPath, [outfile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [folder] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, pid: child.pid!, folder: folder.toString().trim() };
}

const namespacesOf = (pid: number) =>
  readdirSync('/run/netns').filter((name) => name.startsWith(`crt-azure-${pid}-`));

describeWithRunner('a process that ran container groups and was killed', () => {
  it('leaves no process, and what else it leaves goes with the next start', async () => {
    const { child, pid, folder } = await runElsewhere();
    const namespaces = namespacesOf(pid);
    expect(namespaces).toHaveLength(2);
    const inside = async () => {
      const lists = await Promise.all(namespaces.map((name) => command('ip', ['netns', 'pids', name])));
      return lists.join('').split('\n').filter(Boolean);
    };
    expect((await inside()).length).toBeGreaterThan(2);

    child.kill('SIGKILL');
    await once(child, 'exit');
    await waitFor('its processes to end', async () => (await inside()).length === 0);

    await startRunner(await startStandIn());
    expect(namespacesOf(pid)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });
});
