import { physicalName } from './names.js';
import type { Tenant, Topology } from './schema/index.js';

export type Placement = 'dedicated' | 'pool';

/** Where a tenant's sessions run; `hybrid` has no default, which a rule sees to. */
export function placementOf(topology: Pick<Topology, 'pattern'>, tenant: Tenant): Placement {
  return tenant.placement ?? (topology.pattern === 'shared' ? 'pool' : 'dedicated');
}

/** Tenants of one placement, by id. */
export function tenantsOf(topology: Topology, placement: Placement): [string, Tenant][] {
  return Object.entries(topology.tenants).filter(([, tenant]) => placementOf(topology, tenant) === placement);
}

/** Namespace of a tenant: one that the platform team owns, or our own. Part of the lock on every platform. */
export function tenantNamespace({ name, platform, kubernetes }: Topology, id: string): string {
  const existing = platform === 'kubernetes' ? kubernetes?.existingNamespaces[id] : undefined;
  return existing ?? physicalName('kubernetes', [name, 'tenant', id]);
}

export function poolNamespace({ name }: Topology): string {
  return physicalName('kubernetes', [name, 'pool']);
}
