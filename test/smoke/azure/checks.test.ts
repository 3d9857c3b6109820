import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Report, SuiteOptions } from '../../../smoke/index.js';
import { AzureStandIn } from '../../azure/stand-in/index.js';

import { Deployment } from './deployment.js';
import { AZURE_SABOTAGES, OTHER } from './sabotages.js';
import { SuiteProcess } from './suite-process.js';

const OF_API = ['record-leads-home', 'secrets-not-in-group', 'group-as-planned'];

let standIn: AzureStandIn;
let deployment: Deployment;
let suite: SuiteProcess;

beforeAll(async () => {
  standIn = await AzureStandIn.start();
  deployment = await Deployment.create(standIn);
  suite = await SuiteProcess.start(standIn.credentialEnv);
}, 30_000);

afterAll(async () => {
  await suite?.stop();
  await standIn.stop();
});

async function run(options: SuiteOptions): Promise<Report> {
  await suite.open(deployment.manifest);
  return suite.run(options);
}

/** What was found wrong, by check and subject. */
async function findings(): Promise<string[]> {
  const { results } = await run({ only: OF_API });
  return results.flatMap(({ verdict, check, from, seen, reason }) =>
    verdict === 'passed' ? [] : [`${check} ${from}: ${seen ?? reason}`],
  );
}

/** What is said of a sabotage, where it must be said with care. */
const SAID: Readonly<Record<string, string>> = {
  'crossed-record': String.raw`tenant/acme: it leads to 10\.64\.\d+\.\d+$`,
  'empty-record': 'tenant/acme: it leads to nowhere$',
  'token-in-group': 'tenant/acme: the connection token of tenant/globex stands in it$',
  'token-in-command': 'gateway/docs: the connection token of tenant/acme stands in it$',
  'secure-variable': 'tenant/acme: variable TOKEN is a secure one$',
  'token-in-tag': 'tenant/acme: a GitHub token stands in it$',
  'public-address': String.raw`tenant/acme: it has the public address 203\.0\.113\.\d+$`,
  'public-name': 'gateway/docs: it has the public name acme$',
  'other-group-image':
    'its image is acme.azurecr.io/copilot-runtimes:of-tomorrow, planned is [a-z./-]+@sha256:0+$',
  'other-subnet': String.raw`it is in \S+/subnets/smoke$`,
  'second-identity': String.raw`it has the identity \S+ too$`,
  'never-restarted': 'its restart policy is Never$',
};

describe('checks that ask Resource Manager alone', () => {
  it('find nothing where all is as planned, and name the target', async () => {
    expect(await findings()).toEqual([]);
    const { results, target } = await run({ only: OF_API });
    // Three runtimes and the gateway.
    expect(results).toHaveLength(4 * OF_API.length);
    expect(target).toBe('azure (stand-in)');
  });

  it.each(AZURE_SABOTAGES.filter(({ apiOnly }) => apiOnly))(
    'notice $id, each by its check alone',
    async ({ id, caughtBy, break: breakIt }) => {
      const mend = await breakIt(deployment.breaking);
      try {
        const found = await findings();
        expect(found).toEqual([expect.stringMatching(new RegExp(`^${caughtBy} .*${SAID[id] ?? ''}`))]);
      } finally {
        await mend();
      }
    },
  );

  it('say so where a group is not there', async () => {
    const { breaking } = deployment;
    const name = breaking.expected(OTHER).id.split('/').at(-1);
    const restore = breaking.remove(OTHER);
    try {
      const missing = `there is no container group ${name} for ${OTHER}: deploy the topology`;
      expect(await findings()).toEqual(OF_API.map((check) => `${check} ${OTHER}: ${missing}`));
      const { results } = await run({ only: ['reachable'], tenants: ['globex'] });
      expect(results).toMatchObject([
        { verdict: 'failed', seen: missing, advice: 'bring the deployment up first' },
      ]);
    } finally {
      restore();
    }
  });
});
