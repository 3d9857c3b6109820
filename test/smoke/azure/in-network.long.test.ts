import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { beforeEach, describe, expect, it } from '@jest/globals';

import type { Report } from '../../../smoke/index.js';
import type { Manifest } from '../../../topology/index.js';
import type { GroupProperties } from '../../azure/stand-in/arm/container-groups/model.js';
import type { AzureStandIn } from '../../azure/stand-in/index.js';
import { startStandIn } from '../../azure/support/stand-in.js';
import { temporaryDirectory } from '../../support/cleanup.js';
import { CliRun, runCli } from '../../support/cli.js';
import { waitFor } from '../../support/wait.js';

import { Deployment } from './deployment.js';
import { LocalRunner } from './local-runner.js';

const GROUPS = 'Microsoft.ContainerInstance/containerGroups';
const ONLY = ['--only', 'record-leads-home,group-as-planned'];

let standIn: AzureStandIn;
let deployment: Deployment;
let cwd: string;

beforeEach(async () => {
  standIn = await startStandIn();
  deployment = await Deployment.create(standIn);
  standIn.groups.runner = new LocalRunner(standIn);
  cwd = temporaryDirectory();
});

/** Options of the command line, for a manifest with changes. */
function smoke(
  changes: Partial<Manifest>,
  ...more: readonly string[]
): [string[], { cwd: string; env: object }] {
  writeFileSync(path.join(cwd, 'prod.json'), JSON.stringify({ ...deployment.manifest, ...changes }));
  return [['smoke', '--manifest', 'prod.json', ...more], { cwd, env: standIn.credentialEnv }];
}

const run = (...args: Parameters<typeof smoke>) => runCli(...(smoke(...args) as Parameters<typeof runCli>));

/** Groups of the suite that are there now. */
const groups = () =>
  standIn.resources.filter(({ type, name }) => type === GROUPS && name.startsWith('prod-smoke-'));
/** Requests that created or deleted one. */
const changes = () =>
  standIn.exchanges.flatMap(({ request: { method, path: at, text } }) =>
    /\/containerGroups\/prod-smoke-/.test(at) && ['PUT', 'DELETE'].includes(method)
      ? [
          {
            method,
            body: method === 'PUT' ? (JSON.parse(text) as { properties: GroupProperties }) : undefined,
          },
        ]
      : [],
  );

describe('smoke --in-network', () => {
  it('runs the suite in a group of its own, brings back the report and removes the group', async () => {
    const before = standIn.exchanges.length;
    const { code, stdout, stderr } = await run({}, '--in-network', ...ONLY, '--report', 'reports');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Passed');
    const report = JSON.parse(readFileSync(path.join(cwd, 'reports/report.json'), 'utf8')) as Report;
    expect(report).toMatchObject({ target: 'azure (stand-in)', counts: { passed: 8, failed: 0 } });

    expect(changes().map(({ method }) => method)).toEqual(['PUT', 'DELETE']);
    const { properties } = changes()[0]!.body!;
    const { subnet } = deployment.manifest.smokeGroup!;
    expect(properties).toMatchObject({
      restartPolicy: 'Never',
      subnetIds: [{ id: subnet }],
      ipAddress: { type: 'Private' },
    });
    // The suite worked as the identity that the topology gives it, and nobody else did.
    const since = standIn.exchanges.slice(before);
    const readers = since.filter(({ request }) => request.path.includes('/privateDnsZones/'));
    expect(new Set(readers.map(({ principal }) => principal?.kind))).toEqual(new Set(['managed identity']));
    expect(groups()).toEqual([]);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const run = new CliRun(...(smoke({}, '--in-network') as ConstructorParameters<typeof CliRun>));
    await waitFor('the group', () => groups().length === 1);
    run.signal('SIGINT');
    expect(await run.ended).toMatchObject({ code: 1, stderr: 'interrupted by SIGINT\n' });
    expect(groups()).toEqual([]);
  });

  it('removes what a run left that was killed hours ago, and not what another run works in', async () => {
    const group = (name: string, created: Date) =>
      standIn.groups.store.put({
        id: `${deployment.breaking.expected('tenant/acme').id.replace(/[^/]+$/, '')}${name}`,
        name,
        type: GROUPS,
        body: {
          tags: { 'copilot-runtimes-smoke': created.toISOString() },
          properties: { containers: [] },
        },
      });
    group('prod-smoke-of-old', new Date(Date.now() - 4 * 3600 * 1000));
    group('prod-smoke-of-now', new Date());
    expect(await run({}, '--in-network', ...ONLY)).toMatchObject({ code: 0 });
    expect(groups().map(({ name }) => name)).toEqual(['prod-smoke-of-now']);
  });

  it.each<[string, () => void, string[], RegExp]>([
    [
      'an image that cannot be pulled',
      () => void standIn.limits.inaccessibleImages.add(deployment.manifest.smokeGroup!.image),
      ONLY,
      /^error cannot create containerGroups\/prod-smoke-\w+: .*InaccessibleImage/,
    ],
    [
      'a suite that ends without a report',
      () => undefined,
      ['--tenant', 'nobody'],
      /^error the suite ended without a report: container group prod-smoke-\w+ is \w+; container smoke: Terminated, .*exit code 2\nerror error --tenant: no tenant is called nobody/,
    ],
  ])('says why there is no report, with %s, and leaves nothing behind', async (_, sabotage, args, says) => {
    sabotage();
    const { code, stderr } = await run({}, '--in-network', ...args);
    expect(stderr).toMatch(says);
    expect(code).toBe(1);
    expect(groups()).toEqual([]);
  });

  it('refuses a manifest that is too large, with the numbers', async () => {
    const { code, stderr } = await run({ name: 'p'.repeat(1_000_000) }, '--in-network', ...ONLY);
    expect(stderr).toMatch(
      /^error the manifest has \d{7} bytes, and a container group takes 1000000: run the suite/,
    );
    expect(code).toBe(1);
    expect(changes()).toEqual([]);
  });
});

describe('smoke of a deployment on Azure', () => {
  it('says from outside of the network that it has to run inside', async () => {
    const { runtimes } = deployment.manifest;
    const outside = Object.fromEntries(
      Object.entries(runtimes).map(([id, runtime]) => [
        id,
        { ...runtime, endpoint: { kind: 'dns' as const, host: 'prod-acme.copilot.invalid', port: 4321 } },
      ]),
    );
    const { code, stderr } = await run({ runtimes: outside, gateway: undefined as never }, ...ONLY);
    expect(stderr).toMatch(/^error prod-acme\.copilot\.invalid is not known here.* add --in-network to run/);
    expect(code).toBe(2);
  });

  it.each<[string, Partial<Manifest>, RegExp]>([
    [
      'no place for the suite',
      { smokeGroup: undefined as never },
      /smokeGroup is missing, .*azure\.smokeSubnetId/,
    ],
    [
      'another platform',
      { platform: 'kubernetes' },
      /--in-network is for platform azure, and prod\.json is of/,
    ],
  ])('refuses --in-network with %s', async (_, changed, says) => {
    const { code, stderr } = await run(changed, '--in-network');
    expect(stderr).toMatch(says);
    expect(code).toBe(2);
  });
});
