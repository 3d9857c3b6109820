import { TOKEN_SLOTS } from '../gateway-contract.js';
import type { GatewayPlan } from '../gateway.js';
import { SECRET_FILES } from '../host-contract.js';
import { GATEWAY_NAME, physicalName, SHARED_STATE, type TokenSlot } from '../names.js';
import type { RuntimePlan } from '../runtime-plan.js';
import { millicores } from '../schema/common.js';
import type { Topology } from '../schema/index.js';

import { GROUP_MINIMUM } from './limits.js';
import type { AzureGatewayPlan, AzurePlace, AzurePlan, AzureRuntimePlan, AzureSharePlan } from './model.js';
import { planNetwork, scopeOf } from './network.js';
import {
  identityOf,
  lastOf,
  nearest,
  placeOf,
  planGroup,
  subnetsOf,
  zoneOf,
  type Context,
} from './places.js';
import { planSchedule } from './schedule.js';

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
