import type { Manifest, ManifestRuntime } from '../topology/index.js';

/**
 * Who acts in a check: a runtime with its own token (`tenant/acme`, `pool/0`), or a tenant of the pool that comes
 * through the gateway with its gateway token (`gateway/docs`).
 */
export type Party = string;

const AT_GATEWAY = 'gateway/';

export const atGateway = (tenant: string): Party => AT_GATEWAY + tenant;

/** The tenant that comes through the gateway; undefined for a runtime. */
export function tenantAtGateway(party: Party): string | undefined {
  return party.startsWith(AT_GATEWAY) ? party.slice(AT_GATEWAY.length) : undefined;
}

/** As whom an active tenant comes: as its runtime, or through the gateway. @throws Error when it has no way */
export function partyOf({ routes }: Manifest, tenant: string): Party {
  const route = routes[tenant];
  if (route?.to === 'runtime') return route.runtime;
  if (route?.to === 'pool') return atGateway(tenant);
  throw new Error(`the manifest has no way for tenant ${tenant}`);
}

/** Whom a party acts for. @throws Error for a replica, which is nobody's own */
export function tenantOf({ runtimes }: Manifest, party: Party): string {
  const tenant = tenantAtGateway(party) ?? runtimes[party]?.tenant;
  if (tenant !== undefined) return tenant;
  throw new Error(`the manifest has no tenant of ${party}`);
}

/** The way of a tenant of the pool. @throws Error when the manifest has no such tenant */
export function poolRoute({ routes }: Manifest, tenant: string) {
  const route = routes[tenant];
  if (route?.to === 'pool') return route;
  throw new Error(`the manifest has no tenant ${tenant} in the pool`);
}

/** The runtimes that a party's sessions may run on: itself, or the replicas of the pool. */
export function runtimesBehind(manifest: Manifest, party: Party): ManifestRuntime[] {
  const tenant = tenantAtGateway(party);
  const ids = tenant === undefined ? [party] : poolRoute(manifest, tenant).replicas;
  return ids.flatMap((id) => manifest.runtimes[id] ?? []);
}

/** What the gateway was configured with for a tenant. @throws Error for a runtime */
export function gatewayExpectation({ gateway }: Manifest, party: Party) {
  const tenant = tenantAtGateway(party);
  const expected = tenant === undefined ? undefined : gateway?.expect.tenants[tenant];
  if (gateway && expected) return { ...gateway.expect, ...expected };
  throw new Error(`the manifest expects nothing of the gateway for ${party}`);
}
