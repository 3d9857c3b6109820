import { isRestError } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { SecretClient } from '@azure/keyvault-secrets';

import { AzureFailure, failureOnTheWay, unexpected, type Missing } from '../managed-identity/failure.js';
import { ANSWER_MS, SDK_RETRIES } from '../managed-identity/patience.js';

/** One version of a secret. */
export interface VaultSecret {
  readonly value: string;
  /** Changes whenever the value does. */
  readonly version: string;
}

/** Key Vault's own words for why it refuses, by what is missing. */
const REFUSALS: Readonly<Record<string, { readonly missing: Missing; readonly why: string }>> = {
  ForbiddenByFirewall: {
    missing: 'network',
    why: 'is behind the firewall of the vault, which does not let this subnet in: add the subnet, with the service endpoint Microsoft.KeyVault, to its network rules',
  },
  ForbiddenByConnection: {
    missing: 'network',
    why: 'is in a vault without public access: give the network of this subnet a private endpoint to it',
  },
  AccessDenied: {
    missing: 'role',
    why: 'is in a vault with access policies, where roles have no say: set its permission model to Azure role-based access control',
  },
  SecretDisabled: { missing: 'secret', why: 'is disabled: enable it' },
};

/** Secrets of one Key Vault, as one identity may read them. */
export class Vault {
  readonly #client: SecretClient;
  readonly #host: string;

  /**
   * @param clientId of the identity behind the credential, for messages
   * @param answerMs longest wait for an answer, in milliseconds
   */
  constructor(
    url: string,
    credential: TokenCredential,
    private readonly clientId: string,
    private readonly answerMs = ANSWER_MS,
  ) {
    this.#client = new SecretClient(url, credential, { retryOptions: SDK_RETRIES });
    this.#host = new URL(url).hostname;
  }

  /**
   * The newest version of a secret.
   *
   * @throws {AzureFailure} that says what is missing
   */
  async read(name: string): Promise<VaultSecret> {
    try {
      const { value = '', properties } = await this.#client.getSecret(name, {
        abortSignal: AbortSignal.timeout(this.answerMs),
      });
      return { value, version: properties.version ?? '' };
    } catch (error) {
      throw this.#failure(name, error);
    }
  }

  #failure(name: string, error: unknown): AzureFailure {
    const fail = (missing: Missing, why: string) =>
      new AzureFailure(missing, `the secret ${name} in ${this.#host} ${why}`, { cause: error });
    if (isRestError(error)) {
      const reason = refusalOf(error.details);
      const known = reason === undefined ? undefined : REFUSALS[reason];
      if (known) return fail(known.missing, known.why);
      if (error.statusCode === 404) return fail('secret', 'does not exist: deploy again, or create it');
      if (error.statusCode === 403) {
        return fail(
          'role',
          `may not be read by the identity ${this.clientId} (403${reason ? ` ${reason}` : ''}): assign it the role "Key Vault Secrets User" on that secret; a new role takes up to 10 minutes to be known`,
        );
      }
    }
    const vault = `the key vault ${this.#host}`;
    return failureOnTheWay(error, vault) ?? unexpected(error, `reading the secret ${name} in ${this.#host}`);
  }
}

/** The innermost code, such as `ForbiddenByRbac`. */
function refusalOf(details: unknown): string | undefined {
  const { error } = (details ?? {}) as { error?: { innerError?: { code?: unknown } } };
  const code = error?.innerError?.code;
  return typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : undefined;
}
