import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { cli, deployerFor, type Deployer, type TopologyInput } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { claimUids, drain, namespaceExists, namespaceOf, podUids } from './harness/observed.js';
import { leaveSession, readManifest, replies, withRuntime } from './harness/session.js';
import { smoke } from './harness/smoke.js';

const environment = clusterEnvironment();

const COMMON = {
  storage: { sizeGiB: 1, retention: 'delete' },
  smoke: { standIn: true },
};

interface Pattern {
  readonly pattern: string;
  readonly topology: TopologyInput & { readonly tenants: Readonly<Record<string, object>> };
  /** Runtime whose sessions are followed through everything. */
  readonly runtime: string;
  /** A further tenant, with the runtime it gets. */
  readonly newcomer: { readonly id: string; readonly tenant: object; readonly runtime?: string };
}

const PATTERNS: readonly Pattern[] = [
  {
    pattern: 'isolated',
    topology: {
      ...COMMON,
      name: 'life-i',
      pattern: 'isolated',
      tenants: { acme: {}, globex: {}, initech: {} },
    },
    runtime: 'tenant/acme',
    newcomer: { id: 'umbrella', tenant: {}, runtime: 'tenant/umbrella' },
  },
  {
    pattern: 'shared',
    topology: {
      ...COMMON,
      name: 'life-s',
      pattern: 'shared',
      pool: { replicas: 2 },
      tenants: { acme: {}, globex: {}, initech: {} },
    },
    runtime: 'pool/0',
    newcomer: { id: 'umbrella', tenant: {} },
  },
  {
    pattern: 'hybrid',
    topology: {
      ...COMMON,
      name: 'life-h',
      pattern: 'hybrid',
      pool: { replicas: 1 },
      tenants: {
        acme: { placement: 'dedicated' },
        globex: { placement: 'pool' },
        initech: { placement: 'pool' },
      },
    },
    runtime: 'tenant/acme',
    newcomer: { id: 'umbrella', tenant: { placement: 'dedicated' }, runtime: 'tenant/umbrella' },
  },
];

describe.each(PATTERNS)(
  'a topology of pattern $pattern on the cluster',
  ({ topology, runtime, newcomer }) => {
    const SESSION = 'kept';
    let deployer: Deployer;
    let current = topology;

    const deploy = async (next: typeof topology = current) => {
      current = next;
      const changed = await deployer.deploy(current);
      await cli(['rollout', '--manifest', deployer.manifest()]);
      return changed;
    };
    const manifest = () => readManifest(deployer.manifest());
    const uids = async () => podUids(environment, await manifest());
    const history = () => replies(environment, deployer.manifest(), runtime, SESSION);
    const withRuntimeSettings = (settings: object) => ({
      ...current,
      runtime: { ...(current.runtime as object), ...settings },
    });

    beforeAll(async () => {
      deployer = await deployerFor(environment);
    });
    afterAll(() => deployer.destroy(), 300_000);

    it('comes up, and passes the smoke suite', async () => {
      expect(await deploy()).toBe(true);
      const { failed, passed } = await smoke(deployer);
      expect(failed).toEqual([]);
      expect(passed).toBeGreaterThan(20);
    });

    it('keeps a conversation', async () => {
      await leaveSession(environment, deployer.manifest(), runtime, SESSION);
      expect(await history()).toEqual([`kept ${SESSION}`]);
    });

    it('deployed again, changes nothing', async () => {
      const before = await uids();
      expect(await deploy()).toBe(false);
      expect(await uids()).toEqual(before);
    });

    it('takes up a tenant without touching the others', async () => {
      const before = await uids();
      const tenants = { ...current.tenants, [newcomer.id]: newcomer.tenant };
      await deploy({ ...current, tenants });
      const after = await uids();
      expect(after).toMatchObject(before);
      expect(Object.keys(after).filter((id) => !(id in before))).toEqual(
        newcomer.runtime ? [newcomer.runtime] : [],
      );
    });

    it('keeps sessions when environment and resources of the runtimes change', async () => {
      const before = await uids();
      const resources = { cpu: '30m', memoryMiB: 208 };
      await deploy(withRuntimeSettings({ integrationId: 'cluster-test-2', resources }));
      expect((await uids())[runtime]).not.toBe(before[runtime]);
      expect(await history()).toEqual([`kept ${SESSION}`]);
    });

    it('keeps sessions when the image changes', async () => {
      const before = await uids();
      await deploy(withRuntimeSettings({ image: environment.nextImage }));
      expect((await uids())[runtime]).not.toBe(before[runtime]);
      expect(await history()).toEqual([`kept ${SESSION}`]);
    });

    it('rotates connection tokens: the old one is refused, sessions resume', async () => {
      const old = await withRuntime(environment, deployer.manifest(), runtime, async (_, token) => token);
      const [kind, id] = runtime.split('/') as [string, string];
      const pool = current.pool as object | undefined;
      await deploy(
        kind === 'pool'
          ? { ...current, pool: { ...pool, connectionTokenRevision: 2 } }
          : {
              ...current,
              tenants: { ...current.tenants, [id]: { ...current.tenants[id], connectionTokenRevision: 2 } },
            },
      );
      await expect(
        withRuntime(environment, deployer.manifest(), runtime, async () => 'in', old),
      ).rejects.toThrow('AUTHENTICATION_FAILED');
      expect(await history()).toEqual([`kept ${SESSION}`]);
    });

    it('survives the drain of its node', async () => {
      const before = await uids();
      const known = await manifest();
      const namespaces = new Set(Object.keys(known.runtimes).map((id) => namespaceOf(known, id)));
      await drain(environment, [...namespaces]);
      await cli(['rollout', '--manifest', deployer.manifest()]);
      const after = await uids();
      expect(Object.keys(after).sort()).toEqual(Object.keys(before).sort());
      expect(Object.entries(after).filter(([id, uid]) => before[id] === uid)).toEqual([]);
      expect(await history()).toEqual([`kept ${SESSION}`]);
    });
  },
);

describe('the life of a tenant on the cluster', () => {
  const SESSION = 'of-acme';
  const topology = {
    ...COMMON,
    name: 'life-t',
    pattern: 'isolated',
    tenants: { acme: {}, globex: {} } as Record<string, object>,
  };
  let deployer: Deployer;
  let namespace: string;
  let others: Record<string, string>;

  const deploy = async (acme: object | undefined, purge: readonly string[] = []) => {
    const tenants = { globex: {}, ...(acme && { acme }) };
    await deployer.deploy({ ...topology, tenants, purge });
    await cli(['rollout', '--manifest', deployer.manifest()]);
    return podUids(environment, await readManifest(deployer.manifest()));
  };
  const history = () => replies(environment, deployer.manifest(), 'tenant/acme', SESSION);

  beforeAll(async () => {
    deployer = await deployerFor(environment);
    const { 'tenant/acme': _, ...rest } = await deploy({});
    others = rest;
    namespace = namespaceOf(await readManifest(deployer.manifest()), 'tenant/acme');
    await leaveSession(environment, deployer.manifest(), 'tenant/acme', SESSION);
  });
  afterAll(() => deployer.destroy(), 300_000);

  it('suspended, has no pod and keeps its volume', async () => {
    const claims = await claimUids(environment, namespace);
    expect(Object.keys(claims)).toHaveLength(1);
    expect(await deploy({ state: 'suspended' })).toEqual(others);
    expect(await claimUids(environment, namespace)).toEqual(claims);
  });

  it('resumed, finds its sessions', async () => {
    expect(await deploy({})).toMatchObject(others);
    expect(await history()).toEqual([`kept ${SESSION}`]);
  });

  it('retired, keeps namespace and volume and nothing else', async () => {
    const claims = await claimUids(environment, namespace);
    expect(await deploy({ state: 'retired' })).toEqual(others);
    expect(await claimUids(environment, namespace)).toEqual(claims);
    expect((await environment.cluster.apps.listNamespacedDeployment({ namespace })).items).toEqual([]);
    expect((await environment.cluster.core.listNamespacedSecret({ namespace })).items).toEqual([]);
  });

  it('brought back, finds its sessions', async () => {
    expect(await deploy({})).toMatchObject(others);
    expect(await history()).toEqual([`kept ${SESSION}`]);
  });

  it('cannot be dropped by accident', async () => {
    await expect(deploy(undefined)).rejects.toThrow(/acme/);
    expect(await namespaceExists(environment, namespace)).toBe(true);
  });

  it('purged, is gone, and only it', async () => {
    expect(await deploy(undefined, ['acme'])).toEqual(others);
    expect(await namespaceExists(environment, namespace)).toBe(false);
    const { items } = await environment.cluster.core.listPersistentVolume();
    expect(items.filter(({ spec }) => spec?.claimRef?.namespace === namespace)).toEqual([]);
  });
});
