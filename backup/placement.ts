import path from 'node:path';

import type { Manifest } from '../topology/index.js';

/** Which runtimes have the sessions of a tenant, and may get new ones. */
export interface Placement {
  /** In front of the ids of the tenant's sessions, as the gateway puts it there; empty on a runtime of its own. */
  readonly prefix: string;
  /** One of those that share their sessions. */
  readonly runtimes: readonly string[];
}

/** @returns undefined when the manifest does not know the tenant, or no runtime has anything of it */
export function placementOf({ routes, runtimes }: Manifest, tenant: string): Placement | undefined {
  const route = Object.hasOwn(routes, tenant) ? routes[tenant] : undefined;
  if (!route) return undefined;
  const pooled = route.to === 'pool';
  const all = Object.entries(runtimes).filter(([, runtime]) =>
    pooled ? runtime.replica !== undefined : runtime.tenant === tenant,
  );
  // Replicas that share their sessions lead to one and the same folder.
  const found = all[0]?.[1].expect.sharedSessions ? all.slice(0, 1) : all;
  if (found.length === 0) return undefined;
  return { prefix: pooled ? `${tenant}__` : '', runtimes: found.map(([id]) => id) };
}

/** Where a home has its sessions: one folder for each. */
export const sessionsOf = (home: string) => path.join(home, 'session-state');
