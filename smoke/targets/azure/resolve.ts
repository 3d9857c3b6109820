import type { TokenCredential } from '@azure/identity';

import { ResolveError, type Resolver } from '../../../client/index.js';

/** Stands here until the client library has one. */
export function azureResolver({ credential }: { readonly credential: TokenCredential }): Resolver {
  return {
    async address(endpoint) {
      if (endpoint.kind !== 'dns') throw new ResolveError(`an endpoint of kind ${endpoint.kind} is no name`);
      return `${endpoint.host}:${endpoint.port}`;
    },
    async secret(place) {
      if (place.kind !== 'keyVaultSecret') throw new ResolveError(`a secret of kind ${place.kind}`);
      const { SecretClient } = await import('@azure/keyvault-secrets');
      const { value } = await new SecretClient(place.vault, credential)
        .getSecret(place.name)
        .catch((error: Error) => {
          throw new ResolveError(`cannot read secret ${place.name} in ${place.vault} (${error.message})`);
        });
      return value ?? '';
    },
  };
}
