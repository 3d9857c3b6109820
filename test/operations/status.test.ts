import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { age } from '../../cli/age.js';
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

/** How a local deployment stands that is nothing but files. */
async function lookingAt(endpoint: object) {
  const directory = temporaryDirectory();
  const manifest = manifestOf(planOf());
  await mkdir(path.join(directory, FILES.directory), { recursive: true });
  writeFileSync(path.join(directory, FILES.endpoint), JSON.stringify(endpoint));
  const seen = await observeLocal(manifest, path.join(directory, 'manifest.json'));
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
      rows.map(({ runtime, serves, state, ready, ok, version }) => [
        runtime,
        serves,
        state,
        ready,
        ok,
        version,
      ]),
    ).toEqual([
      ['pool/0', ['docs'], 'active', true, true, 'native'],
      ['tenant/acme', ['acme'], 'active', true, true, 'native'],
      ['tenant/gone', [], 'suspended', false, true, undefined],
      ['gateway', ['docs'], 'active', true, true, 'gateway'],
    ]);
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
      response.writeHead(503).end(JSON.stringify({ reason: 'the home cannot be written: EROFS' })),
    );
    const healthPort = Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(kubeconfig, 'utf8'))![1]);
    const { rows, table } = await lookingAt({ pid: process.pid, port: 1, healthPort });
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
    expect(table).toMatch(/tenant\/acme +acme +active +no +native +0 .* not-ready/);
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
