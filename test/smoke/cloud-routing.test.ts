import { describe, expect, it } from '@jest/globals';

import { bringUp } from '../../local/index.js';
import { LocalTarget, runSuite } from '../../smoke/index.js';
import { manifestOf } from '../../topology/index.js';
import { standInGitHubToken } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { planOf } from '../support/topology.js';

const tokenOf = (tenant: string) => ({ auth: { githubToken: { env: `TOKEN_${tenant}` } } });

/** A dedicated tenant and one of the pool, both with cloud sessions, and one of the pool without. */
async function run(onPolicyBlocked: string, missionControl = true) {
  const plan = planOf({
    pattern: 'hybrid',
    pool: { replicas: 1 },
    tenants: {
      acme: { placement: 'dedicated', ...tokenOf('acme') },
      docs: { placement: 'pool', ...tokenOf('docs') },
      support: { placement: 'pool' },
    },
    cloud: { repository: { owner: 'acme', name: 'app' }, tenants: ['acme', 'docs'], onPolicyBlocked },
    smoke: { standIn: { github: missionControl, missionControl } },
  });
  const { manifestFile, stop } = await bringUp(plan, {
    stateRoot: temporaryDirectory(),
    env: { TOKEN_acme: standInGitHubToken('acme-bot'), TOKEN_docs: standInGitHubToken('docs-bot') },
  });
  afterTest(stop);
  const manifest = manifestOf(plan);
  const target = new LocalTarget(manifest, manifestFile);
  return (await runSuite(manifest, target, { only: ['cloud-routing'] })).results;
}

describe('the check of cloud sessions', () => {
  it.each(['fail', 'fall-back'])(
    'passes for every tenant that has them, in whichever place, with onPolicyBlocked %s',
    async (onPolicyBlocked) => {
      const results = await run(onPolicyBlocked);
      expect(results.map(({ from, verdict, seen }) => [from, verdict, seen])).toEqual([
        ['tenant/acme', 'passed', undefined],
        ['gateway/docs', 'passed', undefined],
      ]);
    },
  );

  it('says why it has no meaning where the real Mission Control would be asked', async () => {
    const [first] = await run('fail', false);
    expect(first).toMatchObject({
      verdict: 'skipped',
      reason: expect.stringMatching(/tried with a stand-in alone: set smoke\.standIn\.missionControl/),
    });
  });
});
