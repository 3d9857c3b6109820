import type { TokenCredential } from '@azure/identity';

import { ResolveError, type Resolver } from './resolver.js';

export interface AzureResolverOptions {
  /** Who reads the secrets. @default - DefaultAzureCredential: a managed identity, or whoever is signed in */
  readonly credential?: TokenCredential;
}

/** What is asked of a vault. */
interface Vault {
  getSecret(name: string): Promise<{ readonly value?: string }>;
}

/** Finds runtimes and secrets of `platform: azure`, for a client whose network resolves the private zone. */
export function azureResolver(options: AzureResolverOptions = {}): Resolver {
  const vaults = new Map<string, Promise<Vault>>();
  const vaultAt = (url: string) => {
    const vault = vaults.get(url) ?? openVault(url, options.credential);
    vaults.set(url, vault);
    return vault;
  };
  return {
    async address(endpoint) {
      if (endpoint.kind !== 'dns') {
        throw new ResolveError(
          `an endpoint of kind ${endpoint.kind} is not on Azure: use the resolver of its platform`,
        );
      }
      return `${endpoint.host}:${endpoint.port}`;
    },

    async secret(place) {
      if (place.kind !== 'keyVaultSecret') {
        throw new ResolveError(
          `a secret of kind ${place.kind} is not on Azure: use the resolver of its platform`,
        );
      }
      const { vault, name } = place;
      const { value } = await (await vaultAt(vault)).getSecret(name).catch((error: unknown) => {
        throw new ResolveError(whyNotRead(error, `the secret ${name} in ${new URL(vault).hostname}`));
      });
      const trimmed = value?.trim();
      if (trimmed) return trimmed;
      throw new ResolveError(`the secret ${name} in ${new URL(vault).hostname} is empty: deploy again`);
    },
  };
}

/** Loaded here alone: the packages take their time, and only this needs them. */
async function openVault(url: string, given: TokenCredential | undefined): Promise<Vault> {
  const [{ SecretClient }, { DefaultAzureCredential }] = await Promise.all([
    import('@azure/keyvault-secrets'),
    import('@azure/identity'),
  ]);
  return new SecretClient(url, given ?? new DefaultAzureCredential());
}

/** What the SDK throws when it finds nobody to be, or is not believed. */
const UNIDENTIFIED = ['CredentialUnavailableError', 'AggregateAuthenticationError', 'AuthenticationError'];

/** Of an answer its status alone, for its text may hold anything. */
function whyNotRead(error: unknown, secret: string): string {
  const { statusCode, name = '', code } = error as { statusCode?: number; name?: string; code?: string };
  if (UNIDENTIFIED.includes(name)) {
    return `${secret} cannot be read without an identity: give this application a managed identity, or sign in with "az login"`;
  }
  if (statusCode === 403) {
    return `${secret} may not be read (403): name the object id of this application's identity under "principals" of the tenant in the topology, and deploy`;
  }
  if (statusCode === 404) return `${secret} does not exist (404): deploy again`;
  if (statusCode === undefined) {
    return `${secret} cannot be reached (${code ?? name}): see that this network reaches the vault`;
  }
  return `${secret} cannot be read (${statusCode}): try again, or see the status of the vault`;
}
