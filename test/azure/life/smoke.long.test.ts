import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from '@jest/globals';

import { temporaryDirectory } from '../../support/cleanup.js';
import { runCli } from '../../support/cli.js';
import type { Overrides } from '../../support/topology.js';
import type { AzureStandIn } from '../stand-in/index.js';
import { callArm } from '../support/arm.js';
import { azureTopology, Deployment, manifestFile, VAULT } from '../support/deployment.js';
import { ready } from '../support/groups.js';
import { describeWithRunner, startRunner } from '../support/runner.js';
import { startStandIn } from '../support/stand-in.js';

const SMOKE = { azure: { network: { smokeSubnet: true } } };

const TOPOLOGIES: Readonly<Record<string, Overrides>> = {
  isolated: { pattern: 'isolated', tenants: { acme: {}, globex: {}, initech: {} } },
  shared: { pattern: 'shared', pool: { replicas: 2 }, tenants: { acme: {}, globex: {}, initech: {} } },
  hybrid: {
    pattern: 'hybrid',
    pool: { replicas: 1 },
    tenants: {
      acme: { placement: 'dedicated' },
      globex: { placement: 'dedicated' },
      docs: { placement: 'pool' },
    },
  },
};

interface Report {
  readonly results: readonly {
    readonly check: string;
    readonly from: string;
    readonly verdict: string;
    readonly seen?: string;
  }[];
}

/** A deployment whose groups run. */
async function deployed(topology: Overrides) {
  const standIn = await startStandIn();
  await startRunner(standIn);
  standIn.addVault(VAULT);
  const directory = temporaryDirectory();
  await new Deployment(standIn, directory).apply(azureTopology({ ...topology, ...SMOKE }));
  const groups = standIn.resources.filter(({ type }) => type.endsWith('/containerGroups'));
  await Promise.all(groups.map(({ id }) => ready(standIn, id)));
  return { standIn, directory };
}

/** Runs the suite in the network, as whoever has deployed does. */
async function prove(
  { standIn, directory }: { standIn: AzureStandIn; directory: string },
  ...args: string[]
) {
  const report = path.join(directory, 'reports');
  const { code, stdout, stderr } = await runCli(
    ['smoke', '--in-network', '--manifest', manifestFile(directory), '--report', report, ...args],
    { cwd: directory, env: { ...standIn.credentialEnv } },
  );
  const { results } = JSON.parse(readFileSync(path.join(report, 'report.json'), 'utf8')) as Report;
  const failed = results.filter(({ verdict }) => verdict === 'failed');
  return {
    code,
    output: stdout + stderr,
    failed: failed.map(({ check, from, seen }) => `${check} (${from}): ${seen}`),
  };
}

/** A suite takes minutes, most of which it waits for what it has killed. */
const LONG_MS = 600_000;

describeWithRunner('the smoke suite in the network', () => {
  it.each(Object.keys(TOPOLOGIES))(
    'passes on a deployment of the pattern %s',
    async (pattern) => {
      const { code, output, failed } = await prove(await deployed(TOPOLOGIES[pattern]!));
      expect(failed).toEqual([]);
      expect(output).toContain('azure (stand-in)');
      expect(code).toBe(0);
    },
    LONG_MS,
  );

  it(
    'catches a network that lets one runtime reach another',
    async () => {
      const deployment = await deployed(TOPOLOGIES.isolated!);
      const { standIn } = deployment;
      for (const { id } of standIn.resources.filter(({ type }) => type.endsWith('/networkSecurityGroups'))) {
        const { body } = await callArm(standIn, 'GET', id);
        await callArm(standIn, 'PUT', id, { ...body, properties: { securityRules: [] } });
      }
      const { code, failed } = await prove(deployment);
      expect(failed).not.toEqual([]);
      expect(code).toBe(1);
    },
    LONG_MS,
  );
});
