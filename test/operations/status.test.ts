import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { age } from '../../cli/age.js';
import { bytes } from '../../cli/bytes.js';
import { statusRow, statusTable, type StatusRow } from '../../cli/status-table.js';
import { explain, type Observation } from '../../diagnosis/index.js';
import { bringUp, observeLocal } from '../../local/index.js';
import { localFiles, manifestOf, tenantRuntimeId } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { HYBRID, planOf } from '../support/topology.js';

import { serve } from './fake-api.js';

const FILES = localFiles(tenantRuntimeId('acme'));

async function status(cwd: string, manifest: string, ...more: string[]) {
  return runCli(['status', '--manifest', manifest, ...more], { cwd });
}

const portIn = (kubeconfig: string) =>
  Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(kubeconfig, 'utf8'))![1]);

/** How a local deployment stands that is nothing but files. */
async function lookingAt(endpoint: object, answerMs?: number) {
  const directory = temporaryDirectory();
  const manifest = manifestOf(planOf());
  await mkdir(path.join(directory, FILES.directory), { recursive: true });
  writeFileSync(path.join(directory, FILES.endpoint), JSON.stringify(endpoint));
  const seen = await observeLocal(manifest, path.join(directory, 'manifest.json'), answerMs);
  const rows = seen.map((one) => statusRow(manifest, one, explain(one)));
  return { rows, table: statusTable(rows) };
}

describe('status of a local deployment', () => {
  it('is good while real runtimes run, and says so of none once they are stopped', async () => {
    const cwd = temporaryDirectory();
    const deployment = await bringUp(
      planOf({
        ...HYBRID,
        tenants: { ...(HYBRID.tenants as object), gone: { placement: 'dedicated', state: 'suspended' } },
      }),
      { stateRoot: cwd },
    );
    afterTest(() => deployment.stop());
    const running = await status(cwd, deployment.manifestFile, '--json');
    expect(running.code).toBe(0);
    const rows = JSON.parse(running.stdout) as StatusRow[];
    expect(
      rows.map(({ runtime, serves, state, ready, ok, image }) => [runtime, serves, state, ready, ok, image]),
    ).toEqual([
      ['pool/0', ['docs'], 'active', true, true, 'native'],
      ['tenant/acme', ['acme'], 'active', true, true, 'native'],
      ['tenant/gone', [], 'suspended', false, true, undefined],
      ['gateway', ['docs'], 'active', true, true, 'gateway'],
    ]);
    const [replica, , gone, gateway] = rows;
    // The version is that of the SDK's own runtime, the rest what /proc and the file system say.
    expect(replica).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      sessions: { live: 0, all: 0 },
      runningTurns: 0,
    });
    expect(replica!.memoryBytes).toBeGreaterThan(10e6);
    expect(replica!.volume!.usedBytes).toBeLessThan(replica!.volume!.sizeBytes!);
    expect(gateway).toMatchObject({ sessions: { live: 0 }, memoryBytes: expect.any(Number) });
    expect(gone).not.toHaveProperty('memoryBytes');
    expect(statusTable(rows)).toMatch(
      /pool\/0 +docs +yes +[\d.]+ +native +0 +0 of 0 +\d+ MiB +\S+ [GT]iB of \S+ [GT]iB +\d+ s/,
    );
    for (const secret of deployment.secrets) expect(running.stdout).not.toContain(secret);

    await deployment.stop();
    const stopped = await status(cwd, deployment.manifestFile, '--explain');
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toMatch(
      /tiny: 3 of 4 runtimes not as planned\npool\/0\n {2}it is not running \[not-deployed\]\n/,
    );
    expect(stopped.stdout).toMatch(/start it with "copilot-runtimes up --keep"/);
  });

  it('gives the words of a host that is not ready', async () => {
    const { kubeconfig } = await serve((_, response) =>
      response
        .writeHead(503)
        .end(JSON.stringify({ status: 'failed', reason: 'the home cannot be written: EROFS' })),
    );
    const { rows, table } = await lookingAt({ pid: process.pid, port: 1, healthPort: portIn(kubeconfig) });
    expect(rows).toEqual([
      expect.objectContaining({
        ok: false,
        ready: false,
        reasons: [
          expect.objectContaining({
            code: 'not-ready',
            message: 'it runs but is not ready: the home cannot be written: EROFS',
          }),
        ],
      }),
    ]);
    expect(table).toMatch(/tenant\/acme +acme +no +– +native +0 .* not-ready/);
  });

  it('does not wait for a host that hangs, and shows the others', async () => {
    const { kubeconfig } = await serve(() => undefined);
    const { rows } = await lookingAt({ pid: process.pid, port: 1, healthPort: portIn(kubeconfig) }, 100);
    expect(rows[0]).toMatchObject({ ok: false, ready: false });
    expect(rows[0]!.reasons[0]!.message).toMatch(/does not answer on port \d+ \(no answer within 0\.1 s\)/);
  });

  it('says that something else took the port of a host', async () => {
    const { kubeconfig } = await serve((_, response) => response.end('<h1>hello</h1>'));
    const { rows } = await lookingAt({ pid: process.pid, port: 1, healthPort: portIn(kubeconfig) });
    expect(rows[0]!.reasons[0]!.message).toMatch(/what listens on port \d+ is no host of a runtime/);
  });

  it('says that a host does not answer', async () => {
    const { rows } = await lookingAt({ pid: process.pid, port: 1, healthPort: 1 });
    expect(rows[0]!.reasons[0]!.message).toMatch(/does not answer on port 1/);
  });

  it('does not take a file that a crash left behind for a runtime', async () => {
    // Above the highest process id of Linux.
    const { rows } = await lookingAt({ pid: 2 ** 22 + 1, port: 1, healthPort: 1 });
    expect(rows[0]).toMatchObject({ ok: false, ready: false, reasons: [{ code: 'not-deployed' }] });
  });
});

describe('the last error of a runtime', () => {
  const seen = (exitCode: number, ready = true): Observation => ({
    runtime: 'tenant/acme',
    state: 'active',
    workload: { observed: true, wanted: 1, updated: 1, ready: ready ? 1 : 0, conditions: [] },
    instances: [
      {
        name: 'runtime-1',
        leaving: false,
        conditions: [],
        process: {
          image: 'x',
          ready,
          restarts: 1,
          state: 'running',
          lastEnd: { exitCode, reason: 'OOMKilled' },
        },
      },
    ],
    events: [],
  });
  const errorOf = (observation: Observation) =>
    statusRow(manifestOf(planOf()), observation, explain(observation)).lastError;

  it('is how it ended the last time, while it is well', () =>
    expect(errorOf(seen(137))).toBe('exit 137 (OOMKilled)'));
  it('is what is wrong now', () => expect(errorOf(seen(137, false))).toBe('out-of-memory'));
  it('is none after an end in order', () => expect(errorOf(seen(0))).toBeUndefined());
});

describe('age', () => {
  it.each([
    [0, '0 s'],
    [119, '119 s'],
    [120, '2 min'],
    [7199, '119 min'],
    [7200, '2 h'],
    [200_000, '2 d'],
  ])('%d seconds', (seconds, text) => expect(age(seconds)).toBe(text));
});

describe('bytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [24 * 1024 ** 2, '24 MiB'],
    [5.25 * 1024 ** 3, '5.3 GiB'],
    [4096 * 1024 ** 4, '4096 TiB'],
  ])('%d', (count, text) => expect(bytes(count)).toBe(text));
});

describe('what a table shows of a volume', () => {
  const shown = (volume: StatusRow['volume']) => {
    const row = {
      runtime: 'tenant/acme',
      serves: [],
      state: 'active',
      ok: true,
      ready: true,
      reasons: [],
    } as const;
    return statusTable([{ ...row, ...(volume && { volume }) }])
      .split('\n')
      .at(-1)!;
  };
  const GIB = 1024 ** 3;

  it.each([
    [
      'how full it is',
      { phase: 'Bound', capacity: '5Gi', usedBytes: GIB, sizeBytes: 5 * GIB },
      '1.0 GiB of 5.0 GiB',
    ],
    ['its size, where no host tells', { phase: 'Bound', capacity: '5Gi' }, '– of 5Gi'],
    ['that there is none yet', { phase: 'Pending', usedBytes: GIB, sizeBytes: 5 * GIB }, ' Pending '],
    ['nothing', undefined, ' – '],
  ])('%s', (_, volume, text) => expect(shown(volume)).toContain(text));
});
