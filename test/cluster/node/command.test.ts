import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { waitFor } from '../../support/wait.js';

import { command } from './command.js';

describe('a command of the start of a node', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-command-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('ends with all that it has started when it is interrupted', async () => {
    const controller = new AbortController();
    const file = path.join(directory, 'pid');
    const script = `sleep 300 & echo $! > ${file}.new && mv ${file}.new ${file}; wait`;
    const running = command('bash', ['-c', script], { signal: controller.signal });
    const pid = Number(await waitFor('its child', () => readFile(file, 'utf8').catch(() => undefined)));
    expect(isAlive(pid)).toBe(true);
    controller.abort(new Error('interrupted by SIGINT'));
    await expect(running).rejects.toThrow('interrupted by SIGINT');
    await waitFor('its end', () => !isAlive(pid));
  });

  it('does not start once there was an interruption', async () => {
    const file = path.join(directory, 'made');
    const started = command('touch', [file], { signal: AbortSignal.abort(new Error('interrupted')) });
    await expect(started).rejects.toThrow('interrupted');
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('fails with the words of the program', async () => {
    await expect(command('bash', ['-c', 'echo how it was; echo why >&2; exit 3'])).rejects.toThrow(
      /^bash -c .* failed: how it was\nwhy\n$/,
    );
  });

  it('says what it is that is not there', async () => {
    await expect(command('no-such-program', [])).rejects.toThrow('spawn no-such-program ENOENT');
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
