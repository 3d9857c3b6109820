import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';

import { HOST_ENV } from '../../topology/host-contract.js';

import { excesses, growthOf, MOST, MOST_GROWTH } from './growth.js';
import { Vitals, type Part } from './vitals.js';

/** Does one more step for each line that it is told, and answers with a line. */
const PROGRAM = (step: string) => `
  const fs = require('node:fs');
  const kept = [];
  process.stdin.on('data', () => { ${step}; process.stdout.write('done\\n'); });
`;

const children: ChildProcess[] = [];
const root = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-growth-'));

afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  rmSync(root, { recursive: true, force: true });
});

/** Looks at a process that is taken for a host after each of its steps. */
async function lookAt(step: string, times: number): Promise<readonly Part[]> {
  const env = { [HOST_ENV.home]: path.join(root, 'leak/home'), [HOST_ENV.runtime]: 'tenant/leak' };
  const child = spawn(process.execPath, ['-e', PROGRAM(step)], { env, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const vitals = new Vitals(root, 60_000);
  for (let n = 0; n < times; n++) {
    child.stdin.write('on\n');
    await once(child.stdout, 'data');
    vitals.look();
  }
  return vitals.parts;
}

/** A part whose figures are these, one sample after another. */
const made = (role: Part['role'], memoryMiB: readonly number[], openFiles = 20): Part => ({
  role,
  name: `spared/${role}`,
  pids: new Set([1]),
  samples: memoryMiB.map((value, n) => ({ at: n * 5000, memoryMiB: value, openFiles })),
});

describe('the judgement of a soak', () => {
  it('finds a process that keeps memory', async () => {
    // Less than a host may have at any moment: only the growth tells.
    const parts = await lookAt('kept.push(Buffer.alloc(700_000, 1))', 24);
    expect(parts).toMatchObject([{ role: 'host', name: 'leak/tenant/leak' }]);
    expect(excesses(parts)).toEqual([
      expect.stringMatching(/^the host of leak\/tenant\/leak grew from .* memoryMiB, by more than 8$/),
    ]);
  });

  it('finds a process that keeps files open', async () => {
    const parts = await lookAt("kept.push(fs.openSync('/dev/null'))", 24);
    expect(excesses(parts)).toEqual([
      expect.stringMatching(/^the host of leak\/tenant\/leak grew from .* openFiles, by more than 3$/),
    ]);
  });

  it('finds nothing in one that uses the same again', async () => {
    const parts = await lookAt(
      "(kept[0] ??= Buffer.alloc(700_000)).fill(1); fs.closeSync(fs.openSync('/dev/null'))",
      24,
    );
    expect(growthOf(parts)).toHaveLength(1);
    expect(excesses(parts)).toEqual([]);
  });

  it('leaves out the first quarter, in which programs warm up', () => {
    const warm = Array.from({ length: 40 }, (_, n) => (n < 10 ? 20 + 2 * n : 50));
    expect(excesses([made('host', warm)])).toEqual([]);
    const late = Array.from({ length: 40 }, (_, n) => (n < 30 ? 30 : 31 + MOST_GROWTH.host.memoryMiB));
    expect(excesses([made('host', late)])).toHaveLength(1);
  });

  it('finds what has too much for a moment', () => {
    const peak = Array.from({ length: 40 }, (_, n) => (n === 3 ? MOST.runtime.memoryMiB + 1 : 100));
    expect(excesses([made('runtime', peak)])).toEqual([
      `the runtime of spared/runtime had ${MOST.runtime.memoryMiB + 1} memoryMiB, more than ${MOST.runtime.memoryMiB}`,
    ]);
  });

  it('does not judge by a few samples', () => {
    expect(growthOf([made('host', [10, 20, 30])])).toEqual([]);
  });
});
