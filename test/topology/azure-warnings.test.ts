import { describe, expect, it } from '@jest/globals';

import { planTopology } from '../../topology/index.js';

import { AZURE, minimal, topologyOf } from './arbitraries.js';

type Changes = Readonly<Record<string, unknown>>;
interface Pair {
  readonly code: string;
  readonly says: string;
  readonly pattern?: 'isolated' | 'shared';
  readonly wrong: Changes;
  readonly right: Changes;
}

const many = (count: number, tenant: Changes = {}) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, tenant]));
const cells = { cells: { c01: { maxTenants: 100 }, c02: { maxTenants: 100 } } };
const both = (count: number) => ({
  ...many(count),
  ...Object.fromEntries(Array.from({ length: count }, (_, n) => [`u${n}`, { cell: 'c02' }])),
});
const subnets = (count: number) => {
  const { runtimeSubnetIds: _runtimes, gatewaySubnetId: _gateway, privateDnsZoneId: _zone, ...azure } = AZURE;
  return { azure: { ...azure, network: { runtimeSubnets: count } } };
};
const token = (variable: string) => ({ auth: { githubToken: { variable } } });
const size = (resources: Changes) => ({ tenants: { acme: { resources } } });

const PAIRS: readonly Pair[] = [
  {
    code: 'azure-quota',
    says: `subscription ${AZURE.subscriptionId} needs 102 container groups (100 by default) and 102 standard cores (100 by default) in westeurope: ask Azure for them`,
    wrong: { tenants: both(51), ...cells },
    right: { tenants: both(50), ...cells },
  },
  {
    code: 'azure-quota',
    says: 'needs 120 standard cores (100 by default) in westeurope',
    wrong: { tenants: many(40, { resources: { cpu: '3' } }) },
    right: { tenants: many(40, { resources: { cpu: '2.5' } }) },
  },
  {
    code: 'slow-subnet',
    says: '16 groups share one subnet and are created one after another, at least 16 min in all',
    wrong: { tenants: many(16), ...subnets(1) },
    right: { tenants: many(16), ...subnets(4) },
  },
  {
    code: 'large-group',
    says: 'tenant/acme: more than 4 vCPU or 16 GiB',
    wrong: size({ cpu: '4.1' }),
    right: size({ cpu: '4', memoryMiB: 16_384 }),
  },
  {
    code: 'large-group',
    says: 'tenant/acme: more than 4 vCPU or 16 GiB',
    wrong: size({ memoryMiB: 16_385 }),
    right: size({ memoryMiB: 16_384 }),
  },
  {
    code: 'shared-github-token',
    says: 'acme, globex run with the same GitHub token (t), and tools of a tenant can read it',
    wrong: { tenants: { acme: token('t'), globex: token('t') } },
    right: { tenants: { acme: token('t'), globex: token('u') } },
  },
  {
    code: 'unused-settings',
    says: 'storage.class, storage.accessMode: no effect with platform azure',
    wrong: { storage: { class: 'managed-csi', accessMode: 'ReadWriteOnce' } },
    right: {},
  },
  {
    code: 'unused-settings',
    says: 'tenants.acme.clients: no effect with platform azure',
    wrong: { tenants: { acme: { clients: [{ namespace: 'app', serviceAccount: 'b' }] } } },
    right: { tenants: { acme: { principals: ['00000000-0000-4000-8000-000000000001'] } } },
  },
  {
    code: 'unused-settings',
    says: 'tenants.acme.quota: no effect with platform azure',
    wrong: { tenants: { acme: { quota: { cpu: '8' } } } },
    right: { tenants: { acme: {} } },
  },
  {
    code: 'unused-settings',
    says: 'smoke.accept.networkPolicyNotEnforced: no effect with platform azure',
    wrong: { smoke: { accept: { networkPolicyNotEnforced: true } } },
    right: {},
  },
];

describe('warnings of a plan for Azure', () => {
  const warnings = (changes: Changes, pattern: 'isolated' | 'shared' = 'isolated') =>
    planTopology(topologyOf(minimal(changes, { platform: 'azure', pattern }))).warnings;

  it.each(PAIRS)('$code: $says', ({ code, says, pattern, wrong, right }) => {
    const found = warnings(wrong, pattern).filter((warning) => warning.code === code);
    expect(found).toEqual([{ code, message: expect.stringContaining(says) }]);
    expect(warnings(right, pattern).map((warning) => warning.code)).not.toContain(code);
  });

  it('counts each region and subscription for itself', () => {
    const far = { location: 'eastus', runtimeSubnetIds: AZURE.runtimeSubnetIds, maxTenants: 100 };
    const codes = warnings({ tenants: both(60), cells: { ...cells.cells, c02: far } }).map(
      ({ code }) => code,
    );
    expect(codes).not.toContain('azure-quota');
  });

  it('says that a token which the pool has too is shared', () => {
    const plan = planTopology(
      topologyOf(
        minimal(
          { runtime: { integrationId: 'a', image: 'r:1', ...token('t') } },
          { platform: 'azure', pattern: 'hybrid' },
        ),
      ),
    );
    expect(plan.warnings).toContainEqual({
      code: 'shared-github-token',
      message: expect.stringMatching(/^acme, the pool run with the same GitHub token \(t\)/),
    });
  });

  it('names what the state must hold, and what limits it', () => {
    const said = (azure: Changes) =>
      warnings({ azure: { ...AZURE, ...azure } }).find(({ code }) => code === 'state-secrets')?.message;
    expect(said({})).toMatch(
      /keys of 1 storage account \(one per cell\).*encrypted azure\.backend.*storageAccountPer: tenant/,
    );
    const workspace = AZURE.keyVaultId.replace('KeyVault/vaults', 'OperationalInsights/workspaces');
    const backend = { type: 'azurerm', resourceGroup: 'r', storageAccount: 'a', container: 'c' };
    const more = said({ storageAccountPer: 'tenant', logAnalyticsWorkspaceId: workspace, backend });
    expect(more).toMatch(
      /keys of 2 storage accounts \(one per tenant\).* and the key of the Log Analytics workspace/,
    );
    expect(more).not.toMatch(/azure\.backend|storageAccountPer/);
  });

  it('says nothing of Azure on another platform', () => {
    const codes = planTopology(topologyOf(minimal({}, { platform: 'kubernetes' }))).warnings.map(
      ({ code }) => code,
    );
    expect(codes).not.toContain('state-secrets');
  });
});
