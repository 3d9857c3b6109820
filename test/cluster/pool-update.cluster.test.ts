import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { connectRuntime, SessionManager } from '../../client/index.js';
import { TurnLoad } from '../support/turn-load.js';
import { waitFor } from '../support/wait.js';

import { cli, deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { GatewayAccess } from './harness/gateway.js';
import { podUids } from './harness/observed.js';
import { readManifest, SETTINGS } from './harness/session.js';

const environment = clusterEnvironment();
const TENANTS = ['acme', 'globex'];
const TURN_MS = 1000;

const topology = (runtime: object) => ({
  name: 'pool-update',
  pattern: 'shared',
  runtime: { drainSeconds: 15, ...runtime },
  storage: { sizeGiB: 1, retention: 'delete' },
  pool: { replicas: 2, gateway: { replicas: 2, routing: 'roundRobin', drainSeconds: 15 } },
  tenants: Object.fromEntries(TENANTS.map((tenant) => [tenant, {}])),
  smoke: { standIn: true },
});

describe('an update of a pool under load', () => {
  let deployer: Deployer;
  let gateway: GatewayAccess;
  const managers: SessionManager[] = [];

  const deploy = async (runtime: object) => {
    await deployer.deploy(topology(runtime));
    await cli(['rollout', '--manifest', deployer.manifest()]);
  };
  const pods = async () => podUids(environment, await readManifest(deployer.manifest()));

  /** Sessions of a tenant by the library, and by the SDK alone, all at work. */
  const loadsOf = async (tenant: string, ids: readonly string[], bare: readonly string[] = []) => {
    const manager = new SessionManager({
      connect: async () => connectRuntime(await gateway.way(tenant)),
      settings: () => SETTINGS,
    });
    managers.push(manager);
    const managed = ids.map((id) => {
      const ask = async (prompt: string) => (await manager.turn(id, prompt))?.data.content;
      return new TurnLoad(`${tenant}-${id}`, ask, TURN_MS);
    });
    if (bare.length === 0) return managed;
    const client = await gateway.client(tenant);
    const loads = bare.map(async (sessionId) => {
      const session = await client.createSession({ ...SETTINGS, sessionId });
      const ask = async (prompt: string) => (await session.sendAndWait({ prompt }, 60_000))?.data.content;
      return new TurnLoad(`${tenant}-${sessionId}`, ask, TURN_MS);
    });
    return [...managed, ...(await Promise.all(loads))];
  };

  /** Waits until every session has had two turns more, or failed. */
  const moreTurns = (loads: readonly TurnLoad[]) => {
    const before = loads.map(({ done }) => done.length);
    return waitFor(
      'more turns',
      () => loads.every(({ done, failures }, n) => done.length > before[n]! + 1 || failures.length > 0),
      60_000,
    );
  };

  /** Lets every session have more turns, and ends the load. @returns what failed, was answered, and is remembered */
  const settle = async (loads: readonly TurnLoad[]) => {
    await moreTurns(loads);
    await Promise.all(loads.map((load) => load.stop()));
    const failures = loads.flatMap((load) => load.failures);
    if (failures.length > 0) return { failures };
    const remembered = await Promise.all(loads.map((load) => load.remembered()));
    return { failures, answered: loads.map(({ done }) => done), remembered };
  };

  beforeAll(async () => {
    deployer = await deployerFor(environment);
    await deploy({});
    gateway = new GatewayAccess(environment, await readManifest(deployer.manifest()));
  });
  afterAll(async () => {
    await Promise.all(managers.map((manager) => manager.close()));
    await gateway.close();
    await deployer.destroy();
  }, 300_000);

  it('that replaces the replicas fails no turn, also for clients that are nothing but the SDK', async () => {
    const before = await pods();
    const loads = (
      await Promise.all(TENANTS.map((tenant) => loadsOf(tenant, ['m0', 'm1'], ['b0', 'b1'])))
    ).flat();
    await moreTurns(loads);
    await deploy({ integrationId: 'cluster-test-2' });
    const { failures, answered, remembered } = await settle(loads);
    expect(failures).toEqual([]);
    expect(remembered).toEqual(answered);
    const after = await pods();
    expect(Object.keys(after).sort()).toEqual(['pool/0', 'pool/1']);
    for (const replica of Object.keys(after)) expect(after[replica]).not.toBe(before[replica]);
  });

  it('that replaces the gateways with them fails no turn of the library', async () => {
    const loads = (await Promise.all(TENANTS.map((tenant) => loadsOf(tenant, ['n0', 'n1'])))).flat();
    await moreTurns(loads);
    await deploy({ integrationId: 'cluster-test-2', image: environment.nextImage });
    const { failures, answered, remembered } = await settle(loads);
    expect(failures).toEqual([]);
    expect(remembered).toEqual(answered);
  });
});
