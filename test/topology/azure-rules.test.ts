import { describe, expect, it } from '@jest/globals';

import { AZURE, minimal, problemsOf } from './arbitraries.js';

type Changes = Readonly<Record<string, unknown>>;

/** Something that Azure refuses, and the same topology with the least that makes it good. */
interface Pair {
  readonly rule: string;
  readonly pattern?: 'isolated' | 'shared';
  readonly wrong: Changes;
  readonly message: string;
  readonly right: Changes;
}

const { runtimeSubnetIds, gatewaySubnetId, privateDnsZoneId: _zone, ...ELSEWHERE } = AZURE;
const azure = (changes: Changes) => ({ azure: { ...AZURE, ...changes } });
const network = (changes: Changes) => ({ azure: { ...ELSEWHERE, network: changes } });
const runtime = (changes: Changes) => ({
  runtime: { integrationId: 'a', image: 'acme.azurecr.io/r:1', ...changes },
});
const pool = (gateway: Changes) => ({ pool: { replicas: 1, gateway } });
const existing = (secret: Changes) => runtime({ auth: { githubToken: { existingSecret: secret } } });
const cell = (changes: Changes) => ({ cells: { c01: changes } });

const OTHER = '11111111-0000-4000-8000-000000000000';
const subnet = (subscription: string) =>
  `/subscriptions/${subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/v/subnets/b`;
const IDENTITY = `/subscriptions/${OTHER}/resourceGroups/r/providers/Microsoft.ManagedIdentity/userAssignedIdentities/pull`;
const [RUNTIMES = ''] = runtimeSubnetIds;
const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, 'x']));

const PAIRS: readonly Pair[] = [
  {
    rule: 'a reserved port',
    wrong: runtime({ port: 9999 }),
    message: 'runtime.port must not be 9999, which Azure keeps for itself, got 9999: use 4321',
    right: runtime({ port: 9998 }),
  },
  {
    rule: 'a reserved range of ports',
    wrong: runtime({ port: 30_000 }),
    message: 'runtime.port must not be 20000 to 30000, which Azure keeps for itself, got 30000: use 4321',
    right: runtime({ port: 30_001 }),
  },
  {
    rule: 'a reserved port of the gateway',
    pattern: 'shared',
    wrong: pool({ port: 1026 }),
    message: 'pool.gateway.port must not be 1025 to 1027, which Azure keeps for itself, got 1026: use 4322',
    right: pool({ port: 1028 }),
  },
  {
    rule: 'one port for calls and probes',
    pattern: 'shared',
    wrong: pool({ port: 4380 }),
    message: 'pool.gateway.port must not be 4380, which answers to the probes of the gateway: use 4322',
    right: pool({ port: 4381 }),
  },
  {
    rule: 'more cores than a group may have',
    wrong: { tenants: { acme: { resources: { cpu: '31001m' } } } },
    message:
      'tenants.acme.resources.cpu must be at most 31, the most that a container group may have, got 31001m: ask for less',
    right: { tenants: { acme: { resources: { cpu: '31' } } } },
  },
  {
    rule: 'several gateways',
    pattern: 'shared',
    wrong: pool({ replicas: 2 }),
    message: 'pool.gateway.replicas must be 1 with platform azure, where a name leads to one group, got 2',
    right: pool({ replicas: 1 }),
  },
  {
    rule: 'an image for other machines',
    wrong: runtime({ image: 'acme.azurecr.io/runtimes:2.1-arm64' }),
    message: 'runtime.image names an image for arm64, but Azure Container Instances runs amd64 only',
    right: runtime({ image: 'acme.azurecr.io/runtimes:2.1-amd64' }),
  },
  {
    rule: 'a registry without an identity',
    wrong: { ...runtime({}), ...azure({ registryServer: 'acme.azurecr.io' }) },
    message: 'azure.registryServer needs pullIdentityId, since a group pulls with an identity or anonymously',
    right: { ...runtime({}), ...azure({ registryServer: 'acme.azurecr.io', pullIdentityId: IDENTITY }) },
  },
  {
    rule: 'an identity without a registry',
    wrong: azure({ pullIdentityId: IDENTITY }),
    message: 'azure.pullIdentityId stands without registryServer, which it is to pull from',
    right: {},
  },
  {
    rule: 'an image of another registry',
    wrong: {
      ...runtime({ image: 'ghcr.io/r:1' }),
      ...azure({ registryServer: 'acme.azurecr.io', pullIdentityId: IDENTITY }),
    },
    message:
      'runtime.image must be in azure.registryServer acme.azurecr.io, which alone the identity is offered to, got "ghcr.io"',
    right: { ...runtime({}), ...azure({ registryServer: 'ACME.azurecr.io', pullIdentityId: IDENTITY }) },
  },
  {
    rule: 'an id where the name of a resource group belongs',
    wrong: azure({ resourceGroup: '/subscriptions/x' }),
    message: 'azure.resourceGroup must be the name of a resource group',
    right: azure({ resourceGroup: 'Copilot_(prod)-1.a' }),
  },
  {
    rule: 'a resource group of a cell that ends with a period',
    wrong: cell({ resourceGroup: 'copilot.' }),
    message: 'cells.c01.resourceGroup must be the name of a resource group',
    right: cell({ resourceGroup: 'copilot' }),
  },
  {
    rule: 'a tag that only Kubernetes takes',
    wrong: azure({ tags: { 'app.kubernetes.io/name': 'x' } }),
    message:
      'azure.tags["app.kubernetes.io/name"] must not have "/" in its name, which Azure refuses in tags: rename it',
    right: azure({ tags: { 'app.kubernetes.io-name': 'x' } }),
  },
  {
    rule: 'a tag that is too long',
    wrong: azure({ tags: { team: 'x'.repeat(257) } }),
    message:
      'azure.tags.team must have a name of at most 128 characters and a value of at most 256, got 4 and 257',
    right: azure({ tags: { team: 'x'.repeat(256) } }),
  },
  {
    rule: 'too many tags',
    wrong: azure({ tags: tags(41) }),
    message:
      'azure.tags must have at most 40 entries, for a resource has room for 50 and the kit adds some, got 41',
    right: azure({ tags: tags(40) }),
  },
  {
    rule: 'a subnet twice',
    wrong: azure({ runtimeSubnetIds: [RUNTIMES, RUNTIMES.replace('/subnets/a', '/subnets/A')] }),
    message: 'azure.runtimeSubnetIds[1] stands there twice: remove one',
    right: azure({ runtimeSubnetIds: [RUNTIMES, subnet(AZURE.subscriptionId)] }),
  },
  {
    rule: 'the gateway among runtimes',
    wrong: azure({ gatewaySubnetId: RUNTIMES }),
    message: 'azure.gatewaySubnetId is also the subnet of runtimes, which must not reach one another',
    right: {},
  },
  {
    rule: 'the suite beside the gateway',
    wrong: azure({ smokeSubnetId: gatewaySubnetId }),
    message: 'azure.smokeSubnetId is also the subnet of the gateway, which must not reach one another',
    right: azure({ smokeSubnetId: subnet(AZURE.subscriptionId) }),
  },
  {
    rule: 'a subnet of another subscription',
    wrong: azure({ runtimeSubnetIds: [subnet(OTHER)] }),
    message: `azure.runtimeSubnetIds[0] must be in subscription ${AZURE.subscriptionId} like its groups, got ${OTHER}`,
    right: azure({ runtimeSubnetIds: [subnet(AZURE.subscriptionId)] }),
  },
  {
    rule: 'a cell with a subscription, and subnets of another',
    wrong: cell({ subscriptionId: OTHER, runtimeSubnetIds: [RUNTIMES] }),
    message: `cells.c01.runtimeSubnetIds[0] must be in subscription ${OTHER} like its groups`,
    right: cell({ subscriptionId: OTHER, runtimeSubnetIds: [subnet(OTHER)] }),
  },
  {
    rule: 'a cell in another region without subnets',
    wrong: cell({ location: 'eastus' }),
    message:
      'cells.c01.runtimeSubnetIds is required, since the cell is in eastus and the subnets of azure are not',
    right: cell({ location: 'West Europe' }),
  },
  {
    rule: 'a region without identities',
    wrong: azure({ location: 'usgovvirginia' }),
    message: 'azure.location must not be usgovvirginia, since Azure Government has no managed identities',
    right: azure({ location: 'eastus' }),
  },
  {
    rule: 'a network that is too small',
    wrong: network({ addressSpace: '10.0.0.0/21' }),
    message:
      'azure.network.addressSpace must be from /8 to /20, got /21: every subnet has a 64th of it, which is room for 59 groups with a /20',
    right: network({ addressSpace: '10.0.0.0/20' }),
  },
  {
    rule: 'a network that is too large',
    wrong: network({ addressSpace: '0.0.0.0/7' }),
    message: 'must be from /8 to /20, got /7',
    right: network({ addressSpace: '10.0.0.0/8' }),
  },
  {
    rule: 'a network that begins in its middle',
    wrong: network({ addressSpace: '10.64.8.0/16' }),
    message:
      'azure.network.addressSpace must begin with its first address, got 10.64.8.0/16: use 10.64.0.0/16',
    right: network({ addressSpace: '10.64.0.0/16' }),
  },
  {
    rule: 'a network that Azure uses itself',
    wrong: network({ addressSpace: '168.63.0.0/16' }),
    message:
      "azure.network.addressSpace must not overlap 168.63.129.16/32 (Azure's own DNS), got 168.63.0.0/16",
    right: network({ addressSpace: '168.62.0.0/16' }),
  },
  {
    rule: 'a zone of one label',
    wrong: network({ privateDnsZone: 'internal' }),
    message:
      'azure.network.privateDnsZone must have two labels or more, of 63 characters at most, got "internal"',
    right: network({ privateDnsZone: 'copilot.internal' }),
  },
  {
    rule: 'the name of a secret that a vault refuses',
    wrong: existing({ name: 'github.token' }),
    message:
      'runtime.auth.githubToken.existingSecret.name must be the name of a secret in azure.keyVaultId (letters, digits and hyphens, at most 127), got "github.token"',
    right: existing({ name: 'github-token' }),
  },
  {
    rule: 'a key in a secret',
    wrong: existing({ name: 'token', key: 'value' }),
    message: 'runtime.auth.githubToken.existingSecret.key cannot be used with platform azure',
    right: existing({ name: 'token' }),
  },
  {
    rule: 'the URI of another vault',
    wrong: azure({ keyVaultUri: 'https://globex.vault.azure.net/' }),
    message: 'azure.keyVaultUri must be the URI of the vault in keyVaultId, "acme", got that of "globex"',
    right: azure({ keyVaultUri: 'https://acme.vault.azure.cn/' }),
  },
  {
    rule: 'more groups than a subnet has addresses',
    wrong: {
      ...network({ addressSpace: '10.0.0.0/20', runtimeSubnets: 1 }),
      tenants: many(60),
      ...cell({ maxTenants: 100 }),
    },
    message: 'azure.network must have an address for each group, but runtimes-0 (10.0.0.0/26) has 59 for 60',
    right: {
      ...network({ addressSpace: '10.0.0.0/20', runtimeSubnets: 1 }),
      tenants: many(59),
      ...cell({ maxTenants: 100 }),
    },
  },
  {
    rule: 'a pool whose configuration is larger than a secret',
    pattern: 'shared',
    wrong: { tenants: many(1200) },
    message: 'whose gateway reads its configuration from a Key Vault secret of 25000 bytes, got 1200 (',
    right: { tenants: many(150) },
  },
  {
    rule: 'more roles than a subscription has',
    wrong: { tenants: many(90, { principals: principals(45) }), ...cell({ maxTenants: 100 }) },
    message: `must need at most 4000 role assignments in subscription ${AZURE.subscriptionId}, which Azure never raises, got 4230`,
    right: { tenants: many(90, { principals: principals(40) }), ...cell({ maxTenants: 100 }) },
  },
];

function many(count: number, tenant: Changes = {}): Changes {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`tenant-${n}`, tenant]));
}

function principals(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
}

describe('what Azure would refuse', () => {
  it.each(PAIRS)('$rule', ({ pattern = 'isolated', wrong, message, right }) => {
    const kind = { platform: 'azure', pattern } as const;
    expect(problemsOf(minimal(wrong, kind))).toEqual([expect.stringContaining(message)]);
    expect(problemsOf(minimal(right, kind))).toEqual([]);
  });

  it('is refused on Azure only', () => {
    const kubernetes = { platform: 'kubernetes', pattern: 'shared' } as const;
    expect(
      problemsOf(minimal({ ...runtime({ port: 9999 }), ...pool({ replicas: 2, port: 1026 }) }, kubernetes)),
    ).toEqual([]);
  });

  it('is told of at once, with every place', () => {
    const found = problemsOf(
      minimal(
        { ...runtime({ port: 9999 }), ...azure({ location: 'usgovvirginia', tags: { 'a/b': 'c' } }) },
        { platform: 'azure' },
      ),
    );
    expect(found).toHaveLength(3);
  });
});
