import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from '@jest/globals';

import { connectCluster } from '../../cluster/connection.js';
import { execInPod, type PodProgram } from '../../cluster/exec.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { waitFor } from '../support/wait.js';

import { execApi, type ExecApiOptions } from './exec-api.js';

const MANY = 64 * 1024 * 1024;
/** Far more than all buffers of one connection have room for. */
const A_BIT = 16 * 1024 * 1024;

/** Starts a program in a pod. */
async function run(
  command: readonly [string, ...string[]],
  program: Partial<PodProgram> = {},
  options: Partial<ExecApiOptions> = {},
) {
  const api = await execApi({ pods: { tiny: { env: {} } }, command, ...options });
  const cluster = connectCluster({ kubeconfig: api.kubeconfig });
  const stdout = new PassThrough().resume();
  const common = { namespace: 'tiny', pod: 'runtime-abc', container: 'copilot-runtime', command, stdout };
  const ended = execInPod(cluster, { ...common, ...program });
  ended.catch(() => undefined);
  return { api, ended };
}

/** Waits until a number has stopped growing. */
async function settled(value: () => number): Promise<number> {
  let last = { value: 0, since: Date.now() };
  return waitFor('it to stand still', () => {
    if (value() !== last.value) last = { value: value(), since: Date.now() };
    return last.value > 0 && Date.now() - last.since > 300 && last.value;
  });
}

describe('a program in a pod', () => {
  it('gets what is sent, knows where it ends, and its answer arrives', async () => {
    const stdout = new PassThrough();
    const answer = text(stdout);
    const { ended } = await run(['sh', '-c', 'wc -c; echo ended'], {
      stdin: Readable.from([Buffer.alloc(100_000), Buffer.from('x')]),
      stdout,
    });
    await ended;
    expect((await answer).split(/\s+/)).toEqual(['100001', 'ended', '']);
  });

  it('that fails, is said with its last words', async () => {
    const { ended } = await run(['sh', '-c', 'echo all is lost >&2; exit 3']);
    await expect(ended).rejects.toMatchObject({
      message: 'sh in pod runtime-abc of tiny failed (exit code 3)',
      lastWords: 'all is lost',
    });
  });

  it('is slowed down by whoever reads slowly, so that nothing piles up', async () => {
    let release: (() => void) | undefined;
    let received = 0;
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        if (release) done();
        else release = done;
      },
    });
    const { api, ended } = await run(['head', '-c', String(MANY), '/dev/zero'], { stdout });
    const held = await settled(api.sent);
    expect(held).toBeLessThan(A_BIT);
    release?.();
    await ended;
    expect(received).toBe(MANY);
  });

  it('that reads slowly, slows down whoever sends', async () => {
    let taken = 0;
    const stdin = Readable.from(
      (function* () {
        for (; taken < MANY; taken += 65_536) yield Buffer.alloc(65_536);
      })(),
    );
    const stdout = new PassThrough();
    const answer = text(stdout);
    const go = path.join(temporaryDirectory(), 'go');
    const wait = `while [ ! -e ${go} ]; do sleep 0.05; done; wc -c`;
    const { ended } = await run(['sh', '-c', wait], { stdin, stdout });
    expect(await settled(() => taken)).toBeLessThan(A_BIT);
    writeFileSync(go, '');
    await ended;
    expect(Number(await answer)).toBe(MANY);
  });

  it('may be silent for long while its machine is there', async () => {
    const { ended } = await run(['sleep', '0.5'], { heartbeatMs: 20 });
    await expect(ended).resolves.toBeUndefined();
  });

  it('is lost when its machine gives no sign of life', async () => {
    const { ended } = await run(['sleep', '60'], { heartbeatMs: 20 }, { silent: true });
    await expect(ended).rejects.toThrow('the connection to pod runtime-abc of tiny was lost: run it again');
  });

  it('does not take half of what should be sent for all of it', async () => {
    const stdin = Readable.from(
      (async function* () {
        yield Buffer.from('half');
        throw new Error('the rest is gone');
      })(),
    );
    const stdout = new PassThrough();
    stdout.resume();
    const { ended } = await run(['sh', '-c', 'cat; sleep 60'], { stdin, stdout });
    await expect(ended).rejects.toThrow('the rest is gone');
  });
});
