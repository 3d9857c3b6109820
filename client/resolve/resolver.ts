import type { Endpoint, SecretPlace } from '../../topology/index.js';

/** How a client finds what a manifest only names. */
export interface Resolver {
  /** `host:port` to connect to. Asked anew for each connection, for it may change. */
  address(endpoint: Endpoint): Promise<string>;
  /** The value behind a place of the manifest. */
  secret(place: SecretPlace): Promise<string>;
}

/** An endpoint or a secret that cannot be found from here. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';
}
