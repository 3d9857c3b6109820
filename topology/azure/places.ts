import { createHash } from 'node:crypto';

import { BASE_CELL, physicalName } from '../names.js';
import type { Topology } from '../schema/index.js';

import { GROUP_MINIMUM } from './limits.js';
import type { AzureGroupPlan, AzurePlace, AzurePlan } from './model.js';
import { scopeOf, type AzureNetworkPlan } from './network.js';

type Settings = NonNullable<Topology['azure']>;

/** What all that is planned for Azure rests on. */
export interface Context {
  readonly topology: Topology;
  readonly azure: Settings;
  readonly network: AzureNetworkPlan | undefined;
  readonly zone: AzurePlan['zone'];
}

/** A container group with its names. */
export function planGroup(
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

export function identityOf({ topology }: Context, place: AzurePlace, parts: readonly string[]) {
  const identity = physicalName('identity', [topology.name, ...parts]);
  const scope = scopeOf(place.subscriptionId, place.resourceGroup);
  return {
    identity,
    identityId: `${scope}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identity}`,
  };
}

/** Where a cell, or what all cells share, is created. */
export function placeOf({ cells }: Topology, azure: Settings, cell?: string): AzurePlace {
  const own = cell === undefined ? undefined : cells[cell];
  return {
    location: own?.location ?? azure.location,
    subscriptionId: own?.subscriptionId ?? azure.subscriptionId,
    resourceGroup: own?.resourceGroup ?? azure.resourceGroup,
  };
}

/** Subnets that the runtimes of a cell may be in. */
export function subnetsOf({ topology, azure, network }: Context, cell: string): readonly string[] {
  const created = (use: string) => network?.subnets.filter((one) => one.use === use).map(({ id }) => id);
  // Of the base only the replicas of the pool are in a subnet for runtimes.
  const own =
    cell === BASE_CELL ? (azure.poolSubnetIds ?? created('pool')) : topology.cells[cell]?.runtimeSubnetIds;
  return own ?? azure.runtimeSubnetIds ?? created('runtime') ?? [];
}

/** One of several by rendezvous hashing: another tenant, or one subnet more, moves hardly anybody. */
export function nearest(id: string, among: readonly string[]): string {
  const weight = (one: string) => createHash('sha256').update(`${id}\0${one}`).digest('hex');
  return [...among].sort((a, b) => (weight(a) < weight(b) ? 1 : -1))[0] ?? '';
}

export function zoneOf({
  privateDnsZoneId,
  network,
  subscriptionId,
  resourceGroup,
}: Settings): AzurePlan['zone'] {
  const name = privateDnsZoneId === undefined ? network?.privateDnsZone : lastOf(privateDnsZoneId);
  const scope = scopeOf(subscriptionId, resourceGroup);
  return {
    id: privateDnsZoneId ?? `${scope}/providers/Microsoft.Network/privateDnsZones/${name}`,
    name: name ?? '',
  };
}

/** The name at the end of a resource id. */
export const lastOf = (id: string) => id.slice(id.lastIndexOf('/') + 1);
