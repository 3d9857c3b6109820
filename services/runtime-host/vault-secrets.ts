import { setTimeout as delay } from 'node:timers/promises';
import { openVault } from '../key-vault/open.js';
import { AzureFailure } from '../managed-identity/failure.js';
import { persist } from '../managed-identity/patience.js';
import { messageOf, StartFailure } from './failure.js';
import type { SecretChanges } from './secret-changes.js';
import { checkConnectionToken, oneLine, type Secrets } from './secrets.js';
import type { VaultSource } from './vault-source.js';

/**
 * How long a secret that does not exist is waited for, in milliseconds. Terraform writes secrets before the group that
 * reads them, so that nothing else is to come than one that is just being recovered or made by hand.
 */
const ABSENT_MS = 120_000;

/**
 * Reads the host's secrets from a Key Vault with the identity of the container group, for minutes if it has to.
 *
 * @param onWaiting told what is waited for, once for each reason
 * @throws StartFailure with what is missing, or with all that is wrong with the values, none of which it contains
 */
export async function readVaultSecrets(
  source: VaultSource,
  onWaiting: (reason: string) => void,
): Promise<Secrets> {
  const vault = openVault(source.url, source.identity);
  const stop = new AbortController();
  const read = async (name: string) => {
    const { value } = await persist(() => vault.read(name), {
      forMs: source.patienceMs,
      forMissingMs: { secret: Math.min(ABSENT_MS, source.patienceMs) },
      onWaiting: ({ message }) => onWaiting(message),
      signal: stop.signal,
    });
    return value;
  };
  try {
    const { connectionToken, githubToken } = source;
    const [token, github] = await Promise.all([
      read(connectionToken),
      githubToken === undefined ? undefined : read(githubToken),
    ]);
    return checked(source, token, github);
  } catch (error) {
    if (!(error instanceof AzureFailure)) throw error;
    throw new StartFailure(`gave up on the secrets of this runtime: ${error.message}`);
  } finally {
    stop.abort();
  }
}

/**
 * Follows secrets in a Key Vault, for as long as the process runs. What was known stays while the vault cannot be reached,
 * and when a secret is gone.
 */
export async function followVault(source: VaultSource, changes: SecretChanges): Promise<void> {
  const vault = openVault(source.url, source.identity);
  const { connectionToken, githubToken, pollMs } = source;
  for (;;) {
    // Groups that were started together do not ask together.
    await delay(pollMs * (0.9 + 0.2 * Math.random()), undefined, { ref: false });
    try {
      const [token, github] = await Promise.all([
        vault.read(connectionToken),
        githubToken === undefined ? undefined : vault.read(githubToken),
      ]);
      changes.found(checked(source, token.value, github?.value));
    } catch (error) {
      changes.refuse(messageOf(error));
    }
  }
}

/** @throws StartFailure with all that is wrong with the values */
function checked(source: VaultSource, token: string, github: string | undefined): Secrets {
  const mistakes: string[] = [];
  const place = (name: string) => `the secret ${name} in ${new URL(source.url).hostname}`;
  const tokenPlace = place(source.connectionToken);
  const connectionToken = oneLine(token, tokenPlace, mistakes);
  if (connectionToken !== null) checkConnectionToken(connectionToken, tokenPlace, mistakes);
  const githubPlace = place(source.githubToken ?? '');
  const githubToken = github === undefined ? undefined : oneLine(github, githubPlace, mistakes);
  if (githubToken === '') {
    mistakes.push(`${githubPlace} is empty: write the token into it, or take it out of the topology`);
  }
  if (mistakes.length > 0) throw StartFailure.ofMistakes(mistakes);
  return { connectionToken: connectionToken ?? '', ...(githubToken && { githubToken }) };
}
