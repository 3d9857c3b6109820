import { expect } from '@jest/globals';

import { temporaryDirectory } from '../../support/cleanup.js';
import type { Overrides } from '../../support/topology.js';
import type { Applied } from '../deployer/deployer.js';
import type { AzureStandIn } from '../stand-in/index.js';

import { azureTopology, VAULT } from './deployment.js';
import { startStandIn } from './stand-in.js';

/** Whatever brings a topology into the stand-in. */
interface Deploys {
  apply(topology: Overrides): Promise<Applied>;
  destroy(): Promise<void>;
}
type Deploying = new (standIn: AzureStandIn, directory: string) => Deploys;
type Tenants = Readonly<Record<string, object>>;

const dedicated = { placement: 'dedicated' };
const pooled = { placement: 'pool' };

/** The three patterns, each with three tenants and with one more. */
const PATTERNS = {
  isolated: {
    topology: { pattern: 'isolated' },
    tenants: { acme: {}, globex: {}, initech: {} },
    added: {},
    leaves: 'acme',
  },
  shared: {
    topology: { pattern: 'shared', pool: { replicas: 2 } },
    tenants: { acme: {}, globex: {}, initech: {} },
    added: {},
    leaves: 'acme',
  },
  hybrid: {
    topology: { pattern: 'hybrid', pool: { replicas: 1 } },
    tenants: { acme: dedicated, globex: pooled, initech: pooled },
    added: pooled,
    leaves: 'acme',
  },
} as const satisfies Record<string, { topology: Overrides; tenants: Tenants; added: object; leaves: string }>;
type Pattern = keyof typeof PATTERNS;

const NOTHING: Applied = { created: [], updated: [], replaced: [], destroyed: [] };

/** Address of every group by its name: another one after a restart. */
function addresses({ resources, groups }: AzureStandIn): Record<string, string | undefined> {
  const all = resources.filter(({ type }) => type.endsWith('/containerGroups'));
  return Object.fromEntries(all.map((one) => [one.name, groups.life(one)?.address]));
}

/** Takes a pattern through its whole life: created, grown, a tenant leaving step by step, destroyed. */
export async function expectWholeLife(pattern: Pattern, deploying: Deploying): Promise<void> {
  const { topology, tenants, added, leaves } = PATTERNS[pattern];

  const standIn = await startStandIn();
  const vault = standIn.addVault(VAULT);
  const deployment = new deploying(standIn, temporaryDirectory());
  const apply = (changed: Tenants, more: Overrides = {}) =>
    deployment.apply(azureTopology({ ...topology, tenants: changed, ...more }));

  const first = await apply(tenants);
  expect(first.created.length).toBeGreaterThan(20);
  expect(await apply(tenants)).toEqual(NOTHING);

  const before = addresses(standIn);
  const grown = await apply({ ...tenants, hooli: added });
  expect([...grown.replaced, ...grown.destroyed]).toEqual([]);
  expect(grown.created.length).toBeGreaterThan(0);
  // Nobody else has restarted.
  expect(addresses(standIn)).toMatchObject(before);

  await (pattern === 'shared' ? letGoOfPool : letGo)(leaves, standIn, (state, more) => {
    const { [leaves]: own, ...others } = tenants as Tenants;
    const all = { ...others, hooli: added };
    return apply(state === undefined ? all : { [leaves]: { ...own, state }, ...all }, more);
  });

  await deployment.destroy();
  const left = standIn.resources.map(({ type }) => type);
  expect(left.sort()).toEqual(['Microsoft.KeyVault/vaults', 'Microsoft.Resources/resourceGroups']);
  expect([...vault.secrets.live.keys()]).toEqual([]);
}

/** Suspends, retires and purges a tenant, and looks each time at what is left of it. */
async function letGo(
  tenant: string,
  standIn: AzureStandIn,
  apply: (state?: string, more?: Overrides) => Promise<Applied>,
): Promise<void> {
  const [vault] = standIn.vaults;
  const of = (type: string) =>
    standIn.resources.filter((one) => one.type.endsWith(type) && one.name.includes(tenant)).length;
  const left = () => ({
    groups: of('/containerGroups'),
    identities: of('/userAssignedIdentities'),
    records: of('/A'),
    shares: of('/shares'),
    secrets: [...vault!.secrets.live.keys()].filter((name) => name.includes(tenant)).length,
  });
  const kept = { groups: 0, identities: 1, records: 1, shares: 1, secrets: 1 };

  expect(left()).toEqual({ ...kept, groups: 1 });
  await apply('suspended');
  expect(left()).toEqual(kept);
  const back = await apply('active');
  expect(back.created).toHaveLength(1);
  await apply('retired');
  expect(left()).toEqual({ ...kept, identities: 0, records: 0 });
  await apply(undefined, { purge: [tenant] });
  expect(Object.values(left()).every((count) => count === 0)).toBe(true);
}

/** The same of a tenant that has a token at the gateway and nothing else: nobody beside it may notice. */
async function letGoOfPool(
  tenant: string,
  standIn: AzureStandIn,
  apply: (state?: string, more?: Overrides) => Promise<Applied>,
): Promise<void> {
  const [vault] = standIn.vaults;
  const tokens = () => [...vault!.secrets.live.keys()].filter((name) => name.includes(tenant)).length;
  const before = addresses(standIn);

  expect(tokens()).toBe(1);
  for (const [state, left] of [
    ['suspended', 0],
    ['active', 1],
    ['retired', 0],
  ] as const) {
    expect((await apply(state)).replaced).toEqual([]);
    expect(tokens()).toBe(left);
  }
  expect((await apply(undefined, { purge: [tenant] })).replaced).toEqual([]);
  expect(tokens()).toBe(0);
  expect(addresses(standIn)).toEqual(before);
}
