import type { Manifest } from '../topology/index.js';

import type { Scope, Subject } from './model.js';
import { atGateway, partyOf, type Party } from './party.js';

/** Deployments up to this size are checked pair by pair; larger ones only with --exhaustive. */
export const ALL_PAIRS_UP_TO = 20;
/** Neighbours that each party of a larger deployment is checked against. */
const NEIGHBOURS = 6;

/** What a check of a scope is run for. */
export function subjectsOf(scope: Scope, manifest: Manifest, exhaustive: boolean): Subject[] {
  const active = Object.entries(manifest.runtimes).flatMap(([id, { state }]) =>
    state === 'active' ? [id] : [],
  );
  const routes = Object.entries(manifest.routes);
  const pooled = routes.flatMap(([tenant, { to }]) => (to === 'pool' ? [atGateway(tenant)] : []));
  switch (scope) {
    case 'runtime':
      return active.map((from) => ({ from }));
    case 'pair':
      return pairs(active, exhaustive);
    case 'tenant':
      return pooled.map((from) => ({ from }));
    case 'pool':
      return pairs(pooled, exhaustive);
    case 'mixed': {
      const dedicated = routes.flatMap(([, route]) =>
        route.to === 'runtime' && active.includes(route.runtime) ? [route.runtime] : [],
      );
      return crossings(pooled, dedicated, exhaustive);
    }
    case 'gateway': {
      const [from, to] = pooled;
      return from === undefined ? [] : [{ from, ...(to !== undefined && { to }) }];
    }
    case 'cloud':
      return Object.keys(manifest.cloud ?? {}).map((tenant) => ({ from: partyOf(manifest, tenant) }));
  }
}

/** All ordered pairs of a small list; of a long one, each with its next few, so that all are met as often. */
function pairs(parties: readonly Party[], exhaustive: boolean): Subject[] {
  const span = exhaustive || parties.length <= ALL_PAIRS_UP_TO ? parties.length - 1 : NEIGHBOURS;
  return parties.flatMap((from, at) =>
    Array.from({ length: span }, (_, step) => ({ from, to: parties[(at + step + 1) % parties.length]! })),
  );
}

/** Each of a list with each of another, both ways; of long ones, with as many as {@link pairs} takes. */
function crossings(ones: readonly Party[], others: readonly Party[], exhaustive: boolean): Subject[] {
  const all = exhaustive || ones.length + others.length <= ALL_PAIRS_UP_TO;
  const span = all ? others.length : Math.min(NEIGHBOURS, others.length);
  return ones.flatMap((one, at) =>
    Array.from({ length: span }, (_, step) => others[(at + step) % others.length]!).flatMap((other) => [
      { from: one, to: other },
      { from: other, to: one },
    ]),
  );
}
