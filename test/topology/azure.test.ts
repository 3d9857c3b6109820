import { describe, expect, it } from '@jest/globals';

import { lockOf, manifestOf, parseTopology, planTopology, reconcileLock } from '../../topology/index.js';
import { manifestSlice } from '../../topology/manifest.js';

import { AZURE } from './arbitraries.js';

type Overrides = Readonly<Record<string, unknown>>;

const NETWORK = {
  location: AZURE.location,
  subscriptionId: AZURE.subscriptionId,
  resourceGroup: AZURE.resourceGroup,
  keyVaultId: AZURE.keyVaultId,
  network: { smokeSubnet: true },
};

function topology(azure: Overrides = NETWORK, more: Overrides = {}) {
  const input = {
    name: 'prod',
    platform: 'azure',
    pattern: 'hybrid',
    runtime: {
      image: `r@sha256:${'0'.repeat(64)}`,
      integrationId: 'acme',
      auth: { githubToken: { variable: 't' } },
    },
    pool: { replicas: 2 },
    tenants: {
      acme: { placement: 'dedicated' },
      globex: { placement: 'pool' },
      initech: { placement: 'pool', gatewayToken: { a: 1, b: 2 } },
    },
    azure,
    ...more,
  };
  return parseTopology(JSON.stringify(input));
}
const planned = (azure?: Overrides, more?: Overrides) => planTopology(topology(azure, more));

describe('the plan for Azure', () => {
  it('names a group, identity, record, share and secrets for each runtime, by literal ids', () => {
    const { azure } = planned();
    const acme = azure?.runtimes['tenant/acme'];
    const group = acme?.group;
    expect(group).toMatch(/^prod-tenant-acme-[a-z2-7]{10}$/);
    const scope = `/subscriptions/${AZURE.subscriptionId}/resourceGroups/copilot/providers`;
    expect(acme).toMatchObject({
      groupId: `${scope}/Microsoft.ContainerInstance/containerGroups/${group}`,
      identityId: `${scope}/Microsoft.ManagedIdentity/userAssignedIdentities/${acme?.identity}`,
      recordId: `${scope}/Microsoft.Network/privateDnsZones/copilot.internal/A/${group}`,
      host: `${group}.copilot.internal`,
      cpu: 1,
      memoryGiB: 1,
    });
    expect(acme?.storage.id).toBe(
      `${scope}/Microsoft.Storage/storageAccounts/${acme?.storage.account}/fileServices/default/shares/${acme?.storage.share}`,
    );
    expect(acme?.secrets).toEqual({
      connectionToken: expect.stringMatching(/^prod-tenant-acme-[a-z2-7]{10}$/),
      githubToken: expect.stringMatching(/^prod-tenant-acme-github-token-[a-z2-7]{10}$/),
    });
  });

  it('keeps the home on the disk of the container, and the sessions on the share', () => {
    for (const { home, env } of planned().runtimes) {
      expect(home).toBe('/var/lib/copilot/home');
      expect(env.COPILOT_RUNTIMES_SESSIONS).toBe('/mnt/session-state');
    }
  });

  it('sends nobody to a proxy for the tokens of its identity', () => {
    const proxied = { integrationId: 'a', image: 'r:1', proxy: { http: 'http://proxy.internal:3128' } };
    for (const { env } of planned(NETWORK, { runtime: proxied }).runtimes) {
      expect(env.NO_PROXY).toBe('127.0.0.1,localhost,::1,169.254.169.254');
    }
  });

  it('rounds cores and memory up to the tenths that Azure counts in, and to the least that it takes', () => {
    const { azure } = planned(NETWORK, {
      tenants: {
        acme: { placement: 'dedicated', resources: { cpu: '1.25', memoryMiB: 1100 } },
        globex: { placement: 'pool' },
      },
    });
    expect(azure?.runtimes['tenant/acme']).toMatchObject({ cpu: 1.3, memoryGiB: 1.1 });
    expect(azure?.runtimes['pool/0']).toMatchObject({ cpu: 1, memoryGiB: 1 });
    expect(azure?.gateway).toMatchObject({ cpu: 1, memoryGiB: 1 });
  });

  it('gives a cell its own place and subnets, and leaves vault and zone where they are', () => {
    const subnet = `/subscriptions/${AZURE.subscriptionId}/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/v/subnets/us`;
    const { azure } = planned(NETWORK, {
      cells: {
        c01: null,
        us: { location: 'eastus', resourceGroup: 'copilot-us', runtimeSubnetIds: [subnet] },
      },
      tenants: { acme: { placement: 'dedicated', cell: 'us' }, globex: { placement: 'pool' } },
    });
    expect(azure?.places).toMatchObject({
      base: { location: 'westeurope' },
      c01: { location: 'westeurope', resourceGroup: 'copilot' },
      us: { location: 'eastus', resourceGroup: 'copilot-us' },
    });
    expect(azure?.runtimes['tenant/acme']).toMatchObject({ location: 'eastus', subnetId: subnet });
    expect(azure?.runtimes['tenant/acme']?.recordId).toContain('/resourceGroups/copilot/');
    expect(azure?.runtimeSubnetIds).toMatchObject({
      us: [subnet],
      c01: [expect.stringMatching(/runtimes-0$/), expect.stringMatching(/runtimes-1$/)],
    });
  });

  it('cuts the network into subnets that do not overlap', () => {
    const { azure } = planned({
      ...NETWORK,
      network: { addressSpace: '10.8.0.0/16', runtimeSubnets: 3, smokeSubnet: true },
    });
    expect(azure?.network?.subnets.map(({ name, cidr }) => [name, cidr])).toEqual([
      ['runtimes-0', '10.8.0.0/22'],
      ['runtimes-1', '10.8.4.0/22'],
      ['runtimes-2', '10.8.8.0/22'],
      ['pool-0', '10.8.128.0/22'],
      ['pool-1', '10.8.132.0/22'],
      ['pool-2', '10.8.136.0/22'],
      ['gateway', '10.8.64.0/22'],
      ['smoke', '10.8.68.0/22'],
    ]);
  });

  it('keeps the replicas of the pool in subnets of their own', () => {
    const subnetOf = (azure: Overrides, id: 'pool/0' | 'tenant/acme') =>
      planned(azure).azure?.runtimes[id]?.subnetId.split('/').at(-1);
    expect(subnetOf(NETWORK, 'pool/0')).toMatch(/^pool-[01]$/);
    expect(subnetOf(NETWORK, 'tenant/acme')).toMatch(/^runtimes-[01]$/);
    const own = AZURE.runtimeSubnetIds.map((id) => id.replace(/[^/]+$/, 'replicas'));
    expect(subnetOf({ ...AZURE, poolSubnetIds: own }, 'pool/0')).toBe('replicas');
    expect(subnetOf(AZURE, 'pool/0')).toBe('a');
    const isolated = planned(NETWORK, { pattern: 'isolated', pool: undefined, tenants: { acme: {} } });
    expect(isolated.azure?.network?.subnets.map(({ use }) => use)).not.toContain('pool');
  });

  it('moves hardly anybody to another subnet when one is added', () => {
    const tenants = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`t${n}`, {}]));
    const subnets = (runtimeSubnets: number) => {
      const plan = planned(
        { ...NETWORK, network: { runtimeSubnets } },
        { pattern: 'isolated', pool: undefined, tenants },
      );
      return Object.values(plan.azure?.runtimes ?? {}).map(({ subnetId }) => subnetId);
    };
    const before = subnets(4);
    const moved = subnets(5).filter((subnet, n) => subnet !== before[n]);
    expect(new Set(before).size).toBe(4);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThan(20);
    expect(new Set(moved).size).toBe(1);
  });

  it('shares an account among a cell, or gives each tenant one', () => {
    const tenants = {
      a: { placement: 'dedicated' },
      b: { placement: 'dedicated' },
      c: { placement: 'pool' },
    };
    const accounts = (azure: Overrides) =>
      Object.values(planned({ ...NETWORK, ...azure }, { tenants }).azure?.runtimes ?? {}).map(
        ({ storage }) => storage.account,
      );
    // Two replicas in base, two tenants in c01.
    expect(new Set(accounts({})).size).toBe(2);
    expect(new Set(accounts({ storageAccountPer: 'tenant' })).size).toBe(3);
    const elsewhere = accounts({ subscriptionId: '11111111-0000-4000-8000-000000000000' });
    expect(elsewhere.filter((account) => accounts({}).includes(account))).toEqual([]);
  });

  it('says how long the creates must take', () => {
    const { groups, inOneSubnet, minutes, cores } = planned().azure!.schedule;
    expect(groups).toBe(4);
    expect(cores).toBe(4);
    expect(minutes).toBe(inOneSubnet);
  });

  it('says to nobody but the operator which secrets the gateway reads', () => {
    const plan = planned();
    const group = manifestOf(plan).gateway?.expect.group;
    expect(group?.secrets).toHaveLength(1 + 2 + 3);
    expect(JSON.stringify(manifestSlice(plan, 'globex'))).not.toContain('initech');
    expect(manifestOf(plan).smokeGroup).toMatchObject({
      resourceGroup: 'copilot',
      identity: plan.azure?.smoke?.identityId,
    });
  });
});

describe('the network of a topology for Azure', () => {
  const { network: _, ...named } = NETWORK;
  const problems = (azure: Overrides) => () => topology(azure);

  it('is made or named', () => {
    expect(problems({ ...AZURE })).not.toThrow();
    expect(problems(named)).toThrow(/azure\.runtimeSubnetIds is required without azure\.network/);
    expect(problems({ ...AZURE, gatewaySubnetId: undefined })).toThrow(/azure\.gatewaySubnetId is required/);
  });

  it('is not both', () => {
    expect(problems({ ...NETWORK, privateDnsZoneId: AZURE.privateDnsZoneId })).toThrow(
      /azure\.privateDnsZoneId stands beside azure\.network/,
    );
  });

  it('is refused where an id is not one', () => {
    expect(
      problems({
        ...AZURE,
        keyVaultId: '/subscriptions/x/resourcegroups/y/providers/Microsoft.KeyVault/vaults/v',
      }),
    ).toThrow(/must be the resource id of a Key Vault, spelt as Azure does/);
  });
});

describe('the lock of a topology for Azure', () => {
  it('refuses what would make a share anew', () => {
    const before = topology();
    const lock = lockOf(before, planTopology(before));
    const refused = (azure: Overrides) => {
      const now = topology(azure);
      return () => reconcileLock(lock, lockOf(now, planTopology(now)), []);
    };
    expect(refused(NETWORK)).not.toThrow();
    expect(refused({ ...NETWORK, storageRedundancy: 'LRS' })).toThrow(
      /azure\.storageRedundancy .*"ZRS" to "LRS"/,
    );
    expect(refused({ ...NETWORK, resourceGroup: 'other' })).toThrow(
      /tenants\.acme would move the sessions of tenant acme/,
    );
    expect(refused({ ...NETWORK, storageAccountPer: 'tenant' })).toThrow(/would move the sessions/);
  });
});
