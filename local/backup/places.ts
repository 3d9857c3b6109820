import path from 'node:path';

import type { Manifest } from '../../topology/index.js';

/** Where sessions of a tenant lie. */
export interface SessionPlace {
  readonly runtime: string;
  /** Folder with one folder for each session. */
  readonly sessions: string;
}

export interface TenantPlaces {
  /** In front of the ids of the tenant's sessions, as the gateway puts it there; empty on a runtime of its own. */
  readonly prefix: string;
  readonly places: readonly SessionPlace[];
}

/**
 * Where the sessions of a tenant lie, and new ones may be put.
 *
 * @param directory that of the manifest
 * @returns undefined when the manifest does not know the tenant, or it has nothing here
 */
export function placesOf(manifest: Manifest, directory: string, tenant: string): TenantPlaces | undefined {
  if (!Object.hasOwn(manifest.routes, tenant)) return undefined;
  const all = Object.entries(manifest.runtimes).map(([runtime, described]) => ({
    runtime,
    described,
    sessions: path.join(path.resolve(directory), described.expect.home, 'session-state'),
  }));
  const pooled = manifest.routes[tenant]!.to === 'pool';
  const found = all.filter(({ described }) =>
    pooled ? described.replica !== undefined : described.tenant === tenant,
  );
  // Replicas that share their sessions lead to one and the same folder.
  const places = found[0]?.described.expect.sharedSessions ? found.slice(0, 1) : found;
  if (places.length === 0) return undefined;
  return {
    prefix: pooled ? `${tenant}__` : '',
    places: places.map(({ runtime, sessions }) => ({ runtime, sessions })),
  };
}
