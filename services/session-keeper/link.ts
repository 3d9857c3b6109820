import { HOST_ENV, SECRETS_DIRECTORY } from '../../topology/host-contract.js';
import { readAzure } from '../managed-identity/settings.js';
import { RuntimeLink } from '../runtime-host/link.js';
import { readSecrets } from '../runtime-host/secrets.js';
import { readVaultSource } from '../runtime-host/vault-source.js';

/** The host has read the same secrets with the same identity: what is missing now is not about to come. */
const VAULT_PATIENCE_MS = 15_000;

/**
 * A link to the runtime of this container, by the token that its host has.
 *
 * @throws Error when the token cannot be read
 */
export async function linkTo(port: number): Promise<RuntimeLink> {
  return new RuntimeLink(`127.0.0.1:${port}`, await connectionToken(process.env));
}

async function connectionToken(env: NodeJS.ProcessEnv): Promise<string> {
  const mistakes: string[] = [];
  const vault = readVaultSource(env, readAzure(env, mistakes), mistakes);
  const files = vault ? undefined : readSecrets(env[HOST_ENV.secretsDir] || SECRETS_DIRECTORY, mistakes);
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  if (!vault) return files!.connectionToken;
  const { githubToken: _, ...source } = vault;
  // Only now: the clients of Azure are not for every platform.
  const { readVaultSecrets } = await import('../runtime-host/vault-secrets.js');
  const secrets = await readVaultSecrets(
    { ...source, patienceMs: Math.min(VAULT_PATIENCE_MS, source.patienceMs) },
    () => undefined,
  );
  return secrets.connectionToken;
}
