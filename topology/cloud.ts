import { tenantRuntimeId, type RuntimeId } from './names.js';
import { placementOf } from './placement.js';
import type { Tenant, Topology } from './schema/index.js';

/** How a tenant's heavy work reaches cloud sessions. */
export interface CloudPlan {
  /** Runtime that creates them: a cloud session runs as its process's GitHub identity. */
  readonly runtime: RuntimeId;
  readonly repository: { readonly owner: string; readonly name: string };
  readonly onPolicyBlocked: 'fail' | 'fall-back';
}

/** Whether a tenant's heavy work may go to cloud sessions. */
export function usesCloud({ cloud }: Pick<Topology, 'cloud'>, id: string): boolean {
  return cloud?.tenants.includes(id) ?? false;
}

/**
 * Tenants that have a runtime of their own, by id: the dedicated ones, and pooled ones with cloud sessions, which a
 * replica would create under an identity that all tenants of the pool share.
 */
export function tenantsWithRuntime(topology: Topology): [string, Tenant][] {
  return Object.entries(topology.tenants).filter(
    ([id, tenant]) => placementOf(topology, tenant) === 'dedicated' || usesCloud(topology, id),
  );
}

/** Ids of tenants that are placed in the pool and have a runtime for their cloud sessions, sorted. */
export function pooledCloudTenants(topology: Topology): string[] {
  return tenantsWithRuntime(topology)
    .filter(([, tenant]) => placementOf(topology, tenant) === 'pool')
    .map(([id]) => id)
    .sort();
}

/** The active tenants with cloud sessions, by id. */
export function planCloud(topology: Topology): Readonly<Record<string, CloudPlan>> {
  const { cloud, tenants } = topology;
  if (!cloud) return {};
  const { repository, onPolicyBlocked } = cloud;
  const active = cloud.tenants.filter((id) => tenants[id]?.state === 'active').sort();
  return Object.fromEntries(
    active.map((id) => [id, { runtime: tenantRuntimeId(id), repository, onPolicyBlocked }]),
  );
}
