import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Report, SuiteOptions } from '../../../smoke/index.js';
import { GATEWAY_NAME } from '../../../topology/index.js';
import { standInGitHubToken } from '../../../topology/stand-in.js';
import type { Body } from '../../azure/stand-in/arm/store.js';
import { AzureStandIn, GROUP_ID } from '../../azure/stand-in/index.js';

import { ACME, Deployment, GLOBEX } from './deployment.js';

const OF_API = ['record-leads-home', 'secrets-not-in-group', 'group-as-planned'];

let standIn: AzureStandIn;
let deployment: Deployment;
let suite: ChildProcess;

beforeAll(async () => {
  standIn = await AzureStandIn.start();
  deployment = await Deployment.create(standIn);
  suite = fork(path.resolve('test/smoke/azure/suite.mjs'), {
    env: { PATH: process.env.PATH, ...standIn.credentialEnv },
  });
  await once(suite, 'message');
}, 30_000);

afterAll(async () => {
  suite?.kill();
  await once(suite, 'exit');
  await standIn.stop();
});

async function run(options: SuiteOptions): Promise<Report> {
  suite.send({ manifest: deployment.manifest, options });
  const [{ report, error }] = (await once(suite, 'message')) as [{ report: Report; error?: string }];
  if (error !== undefined) throw new Error(error);
  return report;
}

/** What was found wrong, by check and subject. */
async function findings(): Promise<string[]> {
  const { results } = await run({ only: OF_API });
  return results.flatMap(({ verdict, check, from, seen, reason }) =>
    verdict === 'passed' ? [] : [`${check} ${from}: ${seen ?? reason}`],
  );
}

/** A group in JSON: what it has is known to whoever changes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;
type Change = (body: Json) => void;

const properties = (change: Change) => (body: Body) => change(body.properties);
const container = (change: Change) => properties(({ containers }) => change(containers[0].properties));
const variable = (of: object) => container(({ environmentVariables }) => environmentVariables.push(of));

describe('checks that ask Resource Manager alone', () => {
  it('find nothing where all is as planned, and name the target', async () => {
    expect(await findings()).toEqual([]);
    const { results, target } = await run({ only: OF_API });
    // Three runtimes and the gateway.
    expect(results).toHaveLength(4 * OF_API.length);
    expect(target).toBe('azure (stand-in)');
  });

  it.each<[string, string, Change, RegExp]>([
    [
      'a public address',
      ACME,
      properties(({ ipAddress }) => (ipAddress.type = 'Public')),
      /^group-as-planned tenant\/acme: it has the public address 203\.0\.113\.\d+$/,
    ],
    [
      'a public name',
      GATEWAY_NAME,
      properties(({ ipAddress }) => (ipAddress.dnsNameLabel = 'acme')),
      /^group-as-planned gateway\/docs: it has the public name acme$/,
    ],
    [
      'another image',
      GLOBEX,
      container((of) => (of.image = 'r:of-tomorrow')),
      /^group-as-planned tenant\/globex: its image is r:of-tomorrow, planned is r@sha256:0+$/,
    ],
    [
      'another program',
      ACME,
      container(({ command }) => command.splice(-1, 1, '/app/dist/services/gateway/main.js')),
      /^group-as-planned tenant\/acme: it runs \/usr\/bin\/tini -- node \/app\/dist\/services\/gateway\/main\.js$/,
    ],
    [
      'another subnet',
      ACME,
      properties((of) => (of.subnetIds = [{ id: of.subnetIds[0].id.replace(/runtimes-\d/, 'smoke') }])),
      /^group-as-planned tenant\/acme: it is in \S+\/subnets\/smoke$/,
    ],
    [
      'an identity beside its own',
      ACME,
      ({ identity }) => (identity.userAssignedIdentities[`${GROUP_ID}/providers/x/vault-admin`] = {}),
      /^group-as-planned tenant\/acme: it has the identity \S+\/vault-admin too$/,
    ],
    [
      'no identity of its own',
      GATEWAY_NAME,
      ({ identity }) => (identity.userAssignedIdentities = {}),
      /^group-as-planned gateway\/docs: it does not have its identity$/,
    ],
    [
      'a restart policy under which it stays down',
      ACME,
      properties((of) => (of.restartPolicy = 'Never')),
      /^group-as-planned tenant\/acme: its restart policy is Never$/,
    ],
    [
      'a privileged container',
      ACME,
      container((of) => (of.securityContext = { privileged: true })),
      /^group-as-planned tenant\/acme: a container of it is privileged$/,
    ],
    [
      'a token in the environment',
      ACME,
      (body) => variable({ name: 'TOKEN', value: deployment.token(GLOBEX) })(body),
      /^secrets-not-in-group tenant\/acme: the connection token of tenant\/globex stands in it$/,
    ],
    [
      'a token in the command, in base 64',
      GATEWAY_NAME,
      container(({ command }) => command.push(Buffer.from(deployment.token(ACME)).toString('base64'))),
      /^secrets-not-in-group gateway\/docs: the connection token of tenant\/acme stands in it$/,
    ],
    [
      'a secure variable',
      ACME,
      variable({ name: 'COPILOT_CONNECTION_TOKEN', secureValue: 'whatever' }),
      /^secrets-not-in-group tenant\/acme: variable COPILOT_CONNECTION_TOKEN is a secure one$/,
    ],
    [
      'a GitHub token in a tag',
      ACME,
      ({ tags }) => (tags.token = standInGitHubToken('acme')),
      /^secrets-not-in-group tenant\/acme: a GitHub token stands in it$/,
    ],
  ])('find %s of a group, each by its check alone', async (_, who, change, says) => {
    const restore = await deployment.change(who, change);
    try {
      expect(await findings()).toEqual([expect.stringMatching(says)]);
    } finally {
      await restore();
    }
  });

  it.each<[string, () => readonly string[], RegExp]>([
    ['to another group', () => [deployment.addressOf(GLOBEX)], /: it leads to 127\.64\.\d+\.\d+$/],
    [
      'to two',
      () => [deployment.addressOf(ACME), deployment.addressOf(GLOBEX)],
      /: it leads to 127\.64\.\d+\.\d+, 127\.64\.\d+\.\d+$/,
    ],
    ['nowhere', () => [], /: it leads to nowhere$/],
  ])('find a record that leads %s', async (_, addresses, says) => {
    const right = deployment.addressOf(ACME);
    deployment.record(ACME, ...addresses());
    try {
      expect(await findings()).toEqual([expect.stringMatching(says)]);
    } finally {
      deployment.record(ACME, right);
    }
  });

  it('say so where a group is not there', async () => {
    const restore = deployment.remove(GLOBEX);
    try {
      const missing = `there is no container group ${deployment.expected(GLOBEX).id.split('/').at(-1)} for ${GLOBEX}: deploy the topology`;
      expect(await findings()).toEqual(OF_API.map((check) => `${check} ${GLOBEX}: ${missing}`));
      const { results } = await run({ only: ['reachable'], tenants: ['globex'] });
      expect(results).toMatchObject([
        { verdict: 'failed', seen: missing, advice: 'bring the deployment up first' },
      ]);
    } finally {
      restore();
    }
  });
});
