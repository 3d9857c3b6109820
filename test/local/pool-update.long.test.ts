import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it, jest } from '@jest/globals';

import { connectTenant, localResolver, SessionManager } from '../../client/index.js';
import { bringUp, type DeploymentEvent, type UpOptions } from '../../local/index.js';
import { HOST_ENV } from '../../topology/host-contract.js';
import { localFiles, manifestOf, type RuntimeId } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { startModel } from '../support/model.js';
import { endpointOf } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { TurnLoad } from '../support/turn-load.js';
import { waitFor } from '../support/wait.js';

// Four programs are started, two of them twice: on a busy machine that takes its time.
jest.setTimeout(120_000);

const TENANTS = ['acme', 'globex'];
const REPLICAS: readonly RuntimeId[] = ['pool/0', 'pool/1'];
const DRAIN_SECONDS = 4;
const TURN_MS = 250;

/** A pool of two replicas, and for each tenant two sessions of the library and two of the bare SDK, all at work. */
async function poolAtWork(options: UpOptions = {}) {
  const settings = await startModel();
  const plan = planOf({
    pattern: 'shared',
    runtime: { integrationId: 'test', drainSeconds: DRAIN_SECONDS },
    pool: { replicas: REPLICAS.length, gateway: { routing: 'roundRobin', drainSeconds: 1 } },
    tenants: Object.fromEntries(TENANTS.map((tenant) => [tenant, {}])),
  });
  const events: DeploymentEvent[] = [];
  const onEvent = (event: DeploymentEvent) => events.push(event);
  const deployment = await bringUp(plan, { stateRoot: temporaryDirectory(), onEvent, ...options });
  afterTest(() => deployment.stop());
  const { stateDirectory: state, manifestFile } = deployment;
  const resolve = localResolver(manifestFile);
  const loads = await Promise.all(
    TENANTS.map(async (tenant) => {
      const connect = () => connectTenant(manifestOf(plan), tenant, { resolve });
      const manager = new SessionManager({ connect, settings: () => settings });
      afterTest(() => manager.close());
      const managed = ['m0', 'm1'].map((sessionId) => {
        const ask = async (prompt: string) => (await manager.turn(sessionId, prompt))?.data.content;
        return new TurnLoad(`${tenant}-${sessionId}`, ask, TURN_MS);
      });
      const client = await connect();
      afterTest(() => client.forceStop());
      const bare = ['b0', 'b1'].map(async (sessionId) => {
        const session = await client.createSession({ ...settings, sessionId });
        const ask = async (prompt: string) => (await session.sendAndWait({ prompt }, 30_000))?.data.content;
        return new TurnLoad(`${tenant}-${sessionId}`, ask, TURN_MS);
      });
      return [...managed, ...(await Promise.all(bare))];
    }),
  );
  return { state, events, loads: loads.flat() };
}

/** Ends each replica as an update does, one after the other; waits until another one is in its place. */
async function replaceReplicas({ state, events, loads }: Awaited<ReturnType<typeof poolAtWork>>) {
  const readies = (replica: string) =>
    events.filter((event) => event.type === 'ready' && event.runtime === replica).length;
  for (const replica of REPLICAS) {
    const before = loads.map(({ done }) => done.length);
    await waitFor('turns in every session', () =>
      loads.every(({ done, failures }, n) => done.length > before[n]! || failures.length > 0),
    );
    process.kill(endpointOf(state, replica)!.pid, 'SIGTERM');
    await waitFor(`another ${replica}`, () => readies(replica) === 2, 60_000);
  }
}

/** How each replica said that its drain went. */
function drains(state: string) {
  return REPLICAS.map((replica) => {
    const lines = readFileSync(path.join(state, localFiles(replica).log), 'utf8').split('\n');
    const line = lines.find((text) => text.includes('"msg":"drained"'));
    return JSON.parse(line ?? '{}') as { readonly seconds?: number; readonly unfinished?: number };
  });
}

describe('a pool whose replicas are replaced one after the other, under load', () => {
  it('fails no turn that is shorter than the drain, and forgets and repeats none', async () => {
    const pool = await poolAtWork();
    await replaceReplicas(pool);
    const before = pool.loads.map(({ done }) => done.length);
    await waitFor('turns after all of it', () =>
      pool.loads.every(({ done, failures }, n) => done.length > before[n]! || failures.length > 0),
    );
    await Promise.all(pool.loads.map((load) => load.stop()));
    expect(pool.loads.flatMap(({ failures }) => failures)).toEqual([]);
    for (const load of pool.loads) expect(await load.remembered()).toEqual(load.done);
    for (const { seconds, unfinished } of drains(pool.state)) {
      expect(unfinished).toBe(0);
      // It did not wait in vain for sessions that nobody lets go of.
      expect(seconds).toBeLessThan(DRAIN_SECONDS);
    }
  });

  it('would fail turns if the gateway did not hear of the drain', async () => {
    const pool = await poolAtWork({
      // A host that is not told which replica of the plan it is has nothing to tell to a gateway.
      adaptLaunch: (launch) => ({ ...launch, env: { ...launch.env, [HOST_ENV.runtime]: 'nobody' } }),
    });
    await replaceReplicas(pool);
    await Promise.all(pool.loads.map((load) => load.stop()));
    const failures = pool.loads.flatMap(({ failures: some }) => some);
    // Cut short at the end of the drain, or begun in the moment in which nothing ran.
    const causes = /the runtime stops, and this turn could not finish in time|replica .* went down/;
    expect(failures.filter((failure) => causes.test(failure))).not.toEqual([]);
  });
});
