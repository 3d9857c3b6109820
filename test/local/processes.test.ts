import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { endStrayGroup, startMark } from '../../local/processes.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { isRunning } from '../support/processes.js';
import { waitFor } from '../support/wait.js';

/** A process in a group of its own. */
function detached(script: string, env: Readonly<Record<string, string>> = {}) {
  const child = spawn('sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env.PATH, ...env },
  });
  const ended = once(child, 'exit');
  afterTest(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { pid: child.pid!, child, ended };
}

describe('a process group that a killed run has left', () => {
  it('is ended when it is the runtime of the home', async () => {
    const home = temporaryDirectory();
    const { pid, child, ended } = detached('echo up; exec sleep 60', { COPILOT_HOME: home });
    await once(child.stdout, 'data');
    await expect(endStrayGroup(pid, home)).resolves.toBe(true);
    await expect(ended).resolves.toEqual([null, 'SIGTERM']);
  });

  it('is ended when the home is the same by another path', async () => {
    const directory = temporaryDirectory();
    mkdirSync(path.join(directory, 'real'));
    symlinkSync('real', path.join(directory, 'link'));
    const { pid, child } = detached('echo up; exec sleep 60', { COPILOT_HOME: path.join(directory, 'link') });
    await once(child.stdout, 'data');
    await expect(endStrayGroup(pid, path.join(directory, 'real'))).resolves.toBe(true);
  });

  it('is killed when it does not end by itself', async () => {
    const home = temporaryDirectory();
    const { pid, child, ended } = detached("trap '' TERM; echo up; while :; do sleep 0.1; done", {
      COPILOT_HOME: home,
    });
    await once(child.stdout, 'data');
    await expect(endStrayGroup(pid, home, 300)).resolves.toBe(true);
    await expect(ended).resolves.toEqual([null, 'SIGKILL']);
  });

  it.each([
    ['another program', {}],
    ['the runtime of another home', { COPILOT_HOME: '/somewhere/else' }],
    ['one whose home only begins alike', { COPILOT_HOME: '/home/acme2' }],
  ])('is left alone when it is %s that got the number', async (_, env) => {
    const { pid, child } = detached('echo up; exec sleep 60', env);
    await once(child.stdout, 'data');
    await expect(endStrayGroup(pid, '/home/acme')).resolves.toBe(false);
    expect(isRunning(pid)).toBe(true);
  });

  it('may be gone', async () => {
    await expect(endStrayGroup(2 ** 22 + 1, '/home/acme')).resolves.toBe(false);
  });
});

describe('the start mark of a process', () => {
  it('tells processes apart, and stays', async () => {
    const mark = await startMark(process.pid);
    expect(mark).toMatch(/^\d+$/);
    expect(await startMark(process.pid)).toBe(mark);
    expect(await startMark(1)).not.toBe(mark);
  });

  it('is none without a process, or with one that has ended and was not waited for', async () => {
    expect(await startMark(2 ** 22 + 1)).toBeUndefined();
    const { pid, child } = detached('sleep 60 & echo $!; exec sleep 60');
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    const statusOf = (id: number | string) => readFileSync(`/proc/${id}/status`, 'utf8');
    // The sleep that has replaced the shell does not wait for the child that the shell has started.
    await waitFor('the shell to be replaced', () => statusOf(pid).startsWith('Name:\tsleep\n'));
    process.kill(Number(line), 'SIGKILL');
    await waitFor('the zombie', () => /^State:\s+Z/m.test(statusOf(line.trim())));
    expect(await startMark(Number(line))).toBeUndefined();
  });
});
