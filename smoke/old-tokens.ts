import type { Manifest } from '../topology/index.js';

import { partyOf, type Party } from './party.js';

/** Tokens that were in force before a rotation, by whom they let in. */
export type OldTokens = ReadonlyMap<Party, readonly string[]>;

/** A token that was in force before. */
export interface OldToken {
  /** A tenant, or a runtime of the manifest such as `pool/0`. */
  readonly of: string;
  readonly value: string;
}

/** @throws RangeError for somebody whom the manifest does not know, or who has no way at present */
export function oldTokensOf(manifest: Manifest, tokens: readonly OldToken[]): OldTokens {
  const found = new Map<Party, string[]>();
  for (const { of, value } of tokens) {
    const party = partyNamed(manifest, of);
    found.set(party, [...(found.get(party) ?? []), value]);
  }
  return found;
}

function partyNamed(manifest: Manifest, name: string): Party {
  const { routes, runtimes } = manifest;
  if (Object.hasOwn(runtimes, name)) return name;
  if (!Object.hasOwn(routes, name)) {
    const known = [...Object.keys(routes), ...Object.keys(runtimes)];
    throw new RangeError(`no tenant or runtime is called ${name}: known are ${known.join(', ')}`);
  }
  if (routes[name]!.to !== 'nowhere') return partyOf(manifest, name);
  throw new RangeError(`tenant ${name} is not active, so that nothing can refuse its token: leave it out`);
}
