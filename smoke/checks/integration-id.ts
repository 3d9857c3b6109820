import { standInGitHubToken } from '../../topology/stand-in.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { runtimesBehind, tenantAtGateway } from '../party.js';

import { needsGitHub, whoIs } from './identity.js';
import { processVariable } from './inside.js';

const VARIABLE = 'GITHUB_COPILOT_INTEGRATION_ID';

export const integrationId: Check = {
  id: 'integration-id',
  why: 'The runtime tells GitHub the integration ID of the topology, for attribution and routing.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  async run(bench, subject) {
    const { from } = subject;
    const wanted = runtimesBehind(bench.manifest, from)[0]!.expect.integrationId;
    if (tenantAtGateway(from) === undefined) {
      const set = await processVariable(bench, from, VARIABLE);
      if (set !== wanted) throw failure(wanted, `${VARIABLE} is ${set || 'not set'} in the process`);
    }
    if (needsGitHub(subject, bench.manifest) !== undefined) return undefined;
    const { integrationId: sent } = await whoIs(bench, from, standInGitHubToken('alice'));
    if (sent !== wanted) throw failure(wanted, `the Copilot API was sent ${sent ?? 'none'}`);
    return undefined;
  },
};

function failure(wanted: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected: `the integration ID ${wanted}`,
    seen,
    advice: `set ${VARIABLE} on the process of the runtime: no SDK option does`,
  });
}
