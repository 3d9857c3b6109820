import { createHash } from 'node:crypto';

import { GROUP_MINIMUM } from './azure-limits.js';
import { planNetwork, scopeOf, type AzureNetworkPlan } from './azure-network.js';
import { planSchedule, type AzureSchedule } from './azure-schedule.js';
import { TOKEN_SLOTS } from './gateway-contract.js';
import type { GatewayPlan } from './gateway.js';
import { SECRET_FILES } from './host-contract.js';
import {
  BASE_CELL,
  GATEWAY_NAME,
  physicalName,
  SHARED_STATE,
  type RuntimeId,
  type TokenSlot,
} from './names.js';
import type { RuntimePlan } from './plan.js';
import { millicores } from './schema/common.js';
import type { Topology } from './schema/index.js';

type Settings = NonNullable<Topology['azure']>;

/** Where a stack creates its resources. */
export interface AzurePlace {
  readonly location: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** A container group with what belongs to it, by name and by id: ids are literal, so that a plan shows them. */
export interface AzureGroupPlan extends AzurePlace {
  readonly group: string;
  readonly groupId: string;
  readonly identity: string;
  readonly identityId: string;
  readonly subnetId: string;
  /** Name of its record in the zone. */
  readonly record: string;
  readonly recordId: string;
  /** What clients connect to. */
  readonly host: string;
  /** vCPUs, in steps of a tenth, as Azure counts them. */
  readonly cpu: number;
  /** GiB, in steps of a tenth, as Azure counts them. */
  readonly memoryGiB: number;
}

/** The file share with somebody's sessions. */
export interface AzureSharePlan {
  readonly account: string;
  readonly share: string;
  /** Resource id of the share, as the lock keeps it. */
  readonly id: string;
}

/** One runtime on Azure Container Instances. */
export interface AzureRuntimePlan extends AzureGroupPlan {
  readonly storage: AzureSharePlan;
  /** Names in the vault, by {@link SECRET_FILES}; one that somebody else owns keeps its name. */
  readonly secrets: {
    readonly connectionToken: string;
    readonly githubToken?: string;
    readonly providerKey?: string;
  };
}

/** The gateway on Azure Container Instances. */
export interface AzureGatewayPlan extends AzureGroupPlan {
  /** Names in the vault. */
  readonly configSecret: string;
  readonly redisPasswordSecret?: string;
  /** By tenant and slot, such as `acme.a`. */
  readonly tokenSecrets: Readonly<Record<string, string>>;
}

/** Where the smoke suite runs, and as whom. Whoever can use the identity can read every token. */
export interface AzureSmokePlan extends AzurePlace {
  readonly identity: string;
  readonly identityId: string;
  readonly subnetId: string;
}

/** What the stacks for Azure need besides the runtimes. */
export interface AzurePlan {
  readonly image: string;
  /** By stack: `base` and the cells. */
  readonly places: Readonly<Record<string, AzurePlace>>;
  /** By stack: the subnets that its runtimes may be in, and that its storage lets in. */
  readonly runtimeSubnetIds: Readonly<Record<string, readonly string[]>>;
  readonly runtimes: Readonly<Record<RuntimeId, AzureRuntimePlan>>;
  readonly gateway?: AzureGatewayPlan;
  readonly smoke?: AzureSmokePlan;
  /** That the kit creates. */
  readonly network?: AzureNetworkPlan;
  readonly keyVault: { readonly id: string; readonly uri: string };
  readonly zone: { readonly id: string; readonly name: string };
  readonly storageAccountPer: Settings['storageAccountPer'];
  readonly storageRedundancy: Settings['storageRedundancy'];
  readonly dnsServers: readonly string[];
  readonly logAnalyticsWorkspaceId?: string;
  readonly pull?: { readonly server: string; readonly identityId: string };
  readonly secretsExpireOn?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly backend: Settings['backend'];
  readonly schedule: AzureSchedule;
}

/** What planning one runtime needs of it. */
type Planned = Pick<
  RuntimePlan,
  'id' | 'tenant' | 'replica' | 'cell' | 'state' | 'resources' | 'sharedState' | 'githubToken' | 'provider'
>;

/** @returns undefined without settings, which a rule refuses */
export function planAzure(
  topology: Topology,
  planned: readonly Planned[],
  gateway: GatewayPlan | undefined,
  cells: readonly string[],
): AzurePlan | undefined {
  const { azure, name } = topology;
  if (!azure) return undefined;
  const network = planNetwork(name, azure, topology.pool !== undefined);
  const zone = zoneOf(azure);
  const context: Context = { topology, azure, network, zone };
  const runtimes = Object.fromEntries(
    planned.map((runtime) => [runtime.id, planRuntime(context, runtime)]),
  ) as AzurePlan['runtimes'];
  const smokeSubnet = azure.smokeSubnetId ?? network?.subnets.find(({ use }) => use === 'smoke')?.id;
  const { registryServer: server, pullIdentityId: identityId } = azure;
  const gatewayGroup = gateway && planGatewayGroup(context, gateway);
  const running = planned.filter(({ state }) => state === 'active').map(({ id }) => runtimes[id]!);
  return {
    image: topology.runtime.image ?? '',
    places: Object.fromEntries(cells.map((cell) => [cell, placeOf(topology, azure, cell)])),
    runtimeSubnetIds: Object.fromEntries(cells.map((cell) => [cell, subnetsOf(context, cell)])),
    runtimes,
    ...(gatewayGroup && { gateway: gatewayGroup }),
    ...(smokeSubnet !== undefined && {
      smoke: {
        ...placeOf(topology, azure),
        ...identityOf(context, placeOf(topology, azure), ['smoke']),
        subnetId: smokeSubnet,
      },
    }),
    ...(network && { network }),
    keyVault: {
      id: azure.keyVaultId,
      uri: azure.keyVaultUri ?? `https://${lastOf(azure.keyVaultId)}.vault.azure.net/`,
    },
    zone,
    storageAccountPer: azure.storageAccountPer,
    storageRedundancy: azure.storageRedundancy,
    dnsServers: azure.dnsServers,
    ...(azure.logAnalyticsWorkspaceId !== undefined && {
      logAnalyticsWorkspaceId: azure.logAnalyticsWorkspaceId,
    }),
    ...(server !== undefined && identityId !== undefined && { pull: { server, identityId } }),
    ...(azure.secretsExpireOn !== undefined && { secretsExpireOn: azure.secretsExpireOn }),
    tags: azure.tags,
    backend: azure.backend,
    schedule: planSchedule([...running, ...(gatewayGroup ? [gatewayGroup] : [])]),
  };
}

interface Context {
  readonly topology: Topology;
  readonly azure: Settings;
  readonly network: AzureNetworkPlan | undefined;
  readonly zone: AzurePlan['zone'];
}

function planRuntime(context: Context, runtime: Planned): AzureRuntimePlan {
  const { topology, azure } = context;
  const parts = runtime.id.split('/');
  const cell = runtime.replica === undefined ? runtime.cell : undefined;
  const place = placeOf(topology, azure, cell);
  const secret = (file: string, existing?: string) =>
    existing ?? physicalName('keyVaultSecret', [topology.name, ...parts, file]);
  const { githubToken, provider } = runtime;
  return {
    ...planGroup(context, place, parts, nearest(runtime.id, subnetsOf(context, runtime.cell))),
    storage: planShare(context, place, runtime),
    secrets: {
      connectionToken: physicalName('keyVaultSecret', [topology.name, ...parts]),
      ...(githubToken && { githubToken: secret(SECRET_FILES.githubToken, githubToken.existingSecret?.name) }),
      ...(provider?.apiKey && {
        providerKey: secret(SECRET_FILES.providerKey, provider.apiKey.existingSecret?.name),
      }),
    },
    cpu: Math.max(GROUP_MINIMUM.cpu, Math.ceil(millicores(runtime.resources.cpu) / 100) / 10),
    memoryGiB: Math.max(GROUP_MINIMUM.memoryGiB, Math.ceil((runtime.resources.memoryMiB / 1024) * 10) / 10),
  };
}

function planGatewayGroup(context: Context, gateway: GatewayPlan): AzureGatewayPlan {
  const { topology, azure, network } = context;
  const own = [GATEWAY_NAME];
  const subnet = azure.gatewaySubnetId ?? network?.subnets.find(({ use }) => use === 'gateway')?.id ?? '';
  const { password } = gateway.lock ?? {};
  return {
    ...planGroup(context, placeOf(topology, azure), own, subnet),
    configSecret: physicalName('keyVaultSecret', [topology.name, GATEWAY_NAME, 'config']),
    ...(password && {
      redisPasswordSecret:
        password.existingSecret?.name ??
        physicalName('keyVaultSecret', [topology.name, GATEWAY_NAME, 'redis-password']),
    }),
    tokenSecrets: Object.fromEntries(
      Object.entries(gateway.tenants).flatMap(([tenant, { tokens }]) =>
        TOKEN_SLOTS.filter((slot) => tokens[slot] !== undefined).map((slot) => [
          `${tenant}.${slot}`,
          gatewayTokenSecret(topology.name, tenant, slot),
        ]),
      ),
    ),
  };
}

/** Name in the vault of one slot of a tenant's gateway token. */
export function gatewayTokenSecret(topology: string, tenant: string, slot: TokenSlot): string {
  return physicalName('keyVaultSecret', [topology, GATEWAY_NAME, tenant, slot]);
}

function planGroup(
  context: Context,
  place: AzurePlace,
  parts: readonly string[],
  subnetId: string,
): AzureGroupPlan {
  const { topology, zone } = context;
  const group = physicalName('containerGroup', [topology.name, ...parts]);
  return {
    ...place,
    ...identityOf(context, place, parts),
    group,
    groupId: `${scopeOf(place.subscriptionId, place.resourceGroup)}/providers/Microsoft.ContainerInstance/containerGroups/${group}`,
    subnetId,
    record: group,
    recordId: `${zone.id}/A/${group}`,
    host: `${group}.${zone.name}`,
    ...GROUP_MINIMUM,
  };
}

function identityOf({ topology }: Context, place: AzurePlace, parts: readonly string[]) {
  const identity = physicalName('identity', [topology.name, ...parts]);
  const scope = scopeOf(place.subscriptionId, place.resourceGroup);
  return {
    identity,
    identityId: `${scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identity}`,
  };
}

function planShare(
  { topology, azure }: Context,
  { subscriptionId, resourceGroup }: AzurePlace,
  runtime: Planned,
): AzureSharePlan {
  const parts = (runtime.sharedState ? SHARED_STATE : runtime.id).split('/');
  const perTenant = azure.storageAccountPer === 'tenant' && runtime.tenant !== undefined;
  // Names of accounts are global: other subscriptions must not get the same for the same topology.
  const account = physicalName('storageAccount', [
    topology.name,
    ...(perTenant ? parts : [runtime.cell]),
    subscriptionId,
    resourceGroup.toLowerCase(),
  ]);
  const share = physicalName('fileShare', [topology.name, ...parts]);
  const scope = scopeOf(subscriptionId, resourceGroup);
  return {
    account,
    share,
    id: `${scope}/providers/Microsoft.Storage/storageAccounts/${account}/fileServices/default/shares/${share}`,
  };
}

function placeOf({ cells }: Topology, azure: Settings, cell?: string): AzurePlace {
  const own = cell === undefined ? undefined : cells[cell];
  return {
    location: own?.location ?? azure.location,
    subscriptionId: own?.subscriptionId ?? azure.subscriptionId,
    resourceGroup: own?.resourceGroup ?? azure.resourceGroup,
  };
}

function subnetsOf({ topology, azure, network }: Context, cell: string): readonly string[] {
  const created = (use: string) => network?.subnets.filter((one) => one.use === use).map(({ id }) => id);
  // Of the base only the replicas of the pool are in a subnet for runtimes.
  const own =
    cell === BASE_CELL ? (azure.poolSubnetIds ?? created('pool')) : topology.cells[cell]?.runtimeSubnetIds;
  return own ?? azure.runtimeSubnetIds ?? created('runtime') ?? [];
}

/** One of several by rendezvous hashing: another tenant, or one subnet more, moves hardly anybody. */
function nearest(id: string, among: readonly string[]): string {
  const weight = (one: string) => createHash('sha256').update(`${id}\0${one}`).digest('hex');
  return [...among].sort((a, b) => (weight(a) < weight(b) ? 1 : -1))[0] ?? '';
}

function zoneOf({ privateDnsZoneId, network, subscriptionId, resourceGroup }: Settings): AzurePlan['zone'] {
  const name = privateDnsZoneId === undefined ? network?.privateDnsZone : lastOf(privateDnsZoneId);
  const scope = scopeOf(subscriptionId, resourceGroup);
  return {
    id: privateDnsZoneId ?? `${scope}/providers/Microsoft.Network/privateDnsZones/${name}`,
    name: name ?? '',
  };
}

const lastOf = (id: string) => id.slice(id.lastIndexOf('/') + 1);
