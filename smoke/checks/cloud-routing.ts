import { randomBytes } from 'node:crypto';

import { createCloudSession, PolicyBlockedError } from '../../client/index.js';
import { MISSION_CONTROL_PATH, type Manifest } from '../../topology/index.js';
import { blockedAttempt, POLICY_BLOCKED_OWNER, type Identity } from '../../topology/stand-in.js';
import { CheckFailure } from '../check-failure.js';
import type { Check, Subject } from '../model.js';
import { tenantOf, type Party } from '../party.js';
import type { Workbench } from '../workbench.js';

import { whoIs } from './identity.js';
import { turnOn, type WorkloadTurn } from './workload.js';

export const cloudRouting: Check = {
  id: 'cloud-routing',
  why: 'Heavy work of a tenant goes to a cloud session on the planned repository, under the identity of its own runtime and nobody else’s; what policy blocks is answered as the topology says, and not tried again.',
  scope: 'cloud',
  maySkipOn: [],
  inapplicable: needsMissionControl,
  async run(bench, { from }) {
    await expectCloud(bench, from);
    const light = await turnOn(bench, bench.manifest, from, 'light', { reply: 'light' });
    if (light.on !== 'tenant' || light.answer !== 'light') {
      throw failure('light work to stay with the tenant', `it went to the ${light.on}: ${light.answer}`);
    }
    await expectBlocked(bench, from);
    return undefined;
  },
};

/** The reason why no cloud session can be tried. */
function needsMissionControl({ from }: Subject, manifest: Manifest): string | undefined {
  return manifest.runtimes[creatorOf(manifest, from)]?.expect.standIns.includes('missionControl')
    ? undefined
    : 'cloud sessions are tried with a stand-in alone: set smoke.standIn.missionControl on a local topology';
}

/** Heavy work, who it was done as, and on what. */
async function expectCloud(bench: Workbench, party: Party): Promise<void> {
  const { manifest } = bench;
  const { repository } = routeOf(manifest, party);
  const { on, answer } = await turnOn(bench, manifest, party, 'heavy', { identify: true });
  if (on !== 'cloud') throw failure('heavy work to go to a cloud session', 'it stayed with the tenant');
  const seen = JSON.parse(answer) as Identity;
  const wanted = `${repository.owner}/${repository.name}`;
  if (!seen.path.startsWith(MISSION_CONTROL_PATH) || seen.repository !== wanted) {
    throw failure(`a cloud session on ${wanted}`, `one on ${seen.repository ?? 'no repository'}`);
  }
  const creator = creatorOf(manifest, party);
  const { login } = await whoIs(bench, creator, undefined);
  if (seen.login === null || seen.login !== login) {
    throw failure(`the cloud session to run as ${login ?? 'somebody'}, as ${creator} does`, `${seen.login}`);
  }
  for (const other of new Set(Object.values(manifest.cloud ?? {}).map(({ runtime }) => runtime))) {
    if (other === creator || !bench.reachable(other)) continue;
    const theirs = await whoIs(bench, other, undefined);
    if (theirs.login === login) {
      throw failure(`${creator} to have an identity of its own`, `${other} runs as ${login} too`);
    }
  }
}

/** A refusal by policy, and how often Mission Control was asked for it. */
async function expectBlocked(bench: Workbench, party: Party): Promise<void> {
  const tenant = tenantOf(bench.manifest, party);
  const route = routeOf(bench.manifest, party);
  const repository = { owner: POLICY_BLOCKED_OWNER, name: `smoke-${randomBytes(6).toString('hex')}` };
  const blocked: Manifest = { ...bench.manifest, cloud: { [tenant]: { ...route, repository } } };
  const outcome = await turnOn(bench, blocked, party, 'heavy', { reply: 'here' }).catch(
    (error: unknown) => error,
  );
  const refusal = outcome instanceof Error ? outcome : (outcome as WorkloadTurn).fellBack;
  if (!(refusal instanceof PolicyBlockedError)) {
    throw failure('a refusal by policy to be told as one', `${messageOf(refusal ?? 'nothing was refused')}`);
  }
  const fellBack = !(outcome instanceof Error) && (outcome as WorkloadTurn).answer === 'here';
  if (fellBack !== (route.onPolicyBlocked === 'fall-back')) {
    throw failure(
      `what policy blocks to ${route.onPolicyBlocked === 'fail' ? 'fail' : 'fall back to the tenant'}`,
      fellBack ? 'it fell back' : messageOf(outcome),
    );
  }
  // Asked once more by hand: whatever had been tried again meanwhile has been counted.
  const client = await bench.client(route.runtime);
  const again = await createCloudSession(client, { repository }).catch((error: unknown) => error);
  const [first, second] = [refusal, again].map((error) => blockedAttempt(messageOf((error as Error).cause)));
  if (first !== 1 || second !== 2) {
    throw failure(
      'Mission Control to be asked once for what policy blocks',
      `it was asked ${(second ?? first ?? 0) - 1} times`,
    );
  }
}

/** Where the topology sends heavy work. @throws Error for a tenant without cloud sessions */
function routeOf(manifest: Manifest, party: Party) {
  const route = manifest.cloud?.[tenantOf(manifest, party)];
  if (route) return route;
  throw new Error(`the manifest sends no work of ${party} to cloud sessions`);
}

const creatorOf = (manifest: Manifest, party: Party) => routeOf(manifest, party).runtime;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see cloud and auth.githubToken of the tenants in the topology, which GitHub token its runtime has, and what stands between runtime and GitHub',
  });
}
