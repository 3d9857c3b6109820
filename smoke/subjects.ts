import type { Manifest } from '../topology/index.js';

import type { Scope, Subject } from './model.js';

/** Deployments up to this size are checked pair by pair; larger ones only with --exhaustive. */
export const ALL_PAIRS_UP_TO = 20;
/** Neighbours that each runtime of a larger deployment is checked against. */
const NEIGHBOURS = 6;

/** What a check of a scope is run for. */
export function subjectsOf(scope: Scope, manifest: Manifest, exhaustive: boolean): Subject[] {
  const active = Object.entries(manifest.runtimes).flatMap(([id, { state }]) =>
    state === 'active' ? [id] : [],
  );
  switch (scope) {
    case 'runtime':
      return active.map((from) => ({ from }));
    case 'pair':
      return pairs(active, exhaustive);
    case 'pool':
      return pairs(
        Object.entries(manifest.routes).flatMap(([tenant, { to }]) => (to === 'pool' ? [tenant] : [])),
        exhaustive,
      );
  }
}

/** All ordered pairs of a small list; of a long one, each with its next few, so that all are met as often. */
function pairs(ids: readonly string[], exhaustive: boolean): Subject[] {
  const span = exhaustive || ids.length <= ALL_PAIRS_UP_TO ? ids.length - 1 : NEIGHBOURS;
  return ids.flatMap((from, at) =>
    Array.from({ length: span }, (_, step) => ({ from, to: ids[(at + step + 1) % ids.length]! })),
  );
}
