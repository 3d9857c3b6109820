import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { age } from '../../cli/age.js';
import type { StatusRow } from '../../cli/status-table.js';
import { bringUp } from '../../local/index.js';
import { localFiles, manifestOf, tenantRuntimeId } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { HYBRID, planOf } from '../support/topology.js';

import { serve } from './fake-api.js';

const FILES = localFiles(tenantRuntimeId('acme'));

async function status(cwd: string, manifest: string, ...more: string[]) {
  return runCli(['status', '--manifest', manifest, ...more], { cwd });
}

/** A local deployment that is nothing but files. */
async function lookingAt(endpoint: object): Promise<string> {
  const directory = temporaryDirectory();
  await mkdir(path.join(directory, FILES.directory), { recursive: true });
  writeFileSync(path.join(directory, 'manifest.json'), JSON.stringify(manifestOf(planOf())));
  writeFileSync(path.join(directory, FILES.endpoint), JSON.stringify(endpoint));
  return directory;
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
    ]);
    for (const secret of deployment.secrets) expect(running.stdout).not.toContain(secret);

    await deployment.stop();
    const stopped = await status(cwd, deployment.manifestFile, '--explain');
    expect(stopped.code).toBe(1);
    expect(stopped.stdout).toMatch(
      /tiny: 2 of 3 runtimes not as planned\npool\/0\n {2}it is not running \[not-deployed\]\n/,
    );
    expect(stopped.stdout).toMatch(/start it with "copilot-runtimes up --keep"/);
  });

  it('gives the words of a host that is not ready', async () => {
    const { kubeconfig } = await serve((_, response) =>
      response
        .writeHead(503)
        .end(JSON.stringify({ status: 'failed', reason: 'the home cannot be written: EROFS' })),
    );
    const healthPort = Number(/127\.0\.0\.1:(\d+)/.exec(readFileSync(kubeconfig, 'utf8'))![1]);
    const cwd = await lookingAt({ pid: process.pid, port: 1, healthPort });
    const brief = await status(cwd, 'manifest.json');
    expect(brief.stdout).toMatch(/tenant\/acme +acme +active +no +native +0 .* not-ready/);
    expect(brief.stdout).toMatch(/"--explain" tells why/);
    const { code, stdout } = await status(cwd, 'manifest.json', '--explain');
    expect(stdout).toMatch(/it runs but is not ready: the home cannot be written: EROFS \[not-ready\]/);
    expect(code).toBe(1);
  });

  it('does not take a file that a crash left behind for a runtime', async () => {
    // Above the highest process id of Linux.
    const cwd = await lookingAt({ pid: 2 ** 22 + 1, port: 1, healthPort: 1 });
    const { code, stdout } = await status(cwd, 'manifest.json', '--explain');
    expect(stdout).toMatch(/it is not running/);
    expect(code).toBe(1);
  });
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
