import { HOST_ENV, SECRET_FILES } from '../../topology/host-contract.js';
import type { AzureSettings } from '../managed-identity/settings.js';

/** Where the host's secrets are in a Key Vault. */
export interface VaultSource {
  readonly url: string;
  /** Client id of the identity that may read them. */
  readonly identity: string;
  /** How long what is missing is waited for, in milliseconds. */
  readonly patienceMs: number;
  /** Name of the secret with the connection token. */
  readonly connectionToken: string;
  /** Name of the secret with the GitHub token. @default - the runtime process has no identity of its own */
  readonly githubToken?: string;
  /** Between two looks at whether they have changed, in milliseconds. */
  readonly pollMs: number;
}

/**
 * A GitHub installation token lives for an hour, and a vault answers 400 times a second to all of its readers: a hundred
 * groups ask less than once a second.
 */
const DEFAULT_POLL_SECONDS = '300';

/** Names of secrets that Key Vault allows. */
const SECRET_NAME = /^[0-9A-Za-z-]{1,127}$/;

const FILES: readonly string[] = Object.values(SECRET_FILES);
const EXAMPLE = `${SECRET_FILES.connectionToken}=prod-tenant-acme`;

/** Reads {@link HOST_ENV.keyVaultSecrets} and appends what is wrong to `mistakes`; undefined without a vault. */
export function readVaultSource(
  env: NodeJS.ProcessEnv,
  azure: AzureSettings | undefined,
  mistakes: string[],
): VaultSource | undefined {
  const list = env[HOST_ENV.keyVaultSecrets];
  const got = list ? JSON.stringify(list.slice(0, 200)) : 'nothing';
  if (azure?.vault === undefined) {
    if (list) {
      mistakes.push(
        `${HOST_ENV.keyVaultSecrets} is set without ${HOST_ENV.keyVault}: set both, or none for secrets in files`,
      );
    }
    return undefined;
  }
  if (env[HOST_ENV.secretsDir]) {
    mistakes.push(`${HOST_ENV.secretsDir} and ${HOST_ENV.keyVault} are both set: remove one of them`);
  }
  const entries = (list ?? '').split(',').filter(Boolean);
  const names = new Map(entries.map((entry) => entry.trim().split(/=(.*)/s) as [string, string]));
  for (const [file, name = ''] of names) {
    if (FILES.includes(file) && SECRET_NAME.test(name)) continue;
    mistakes.push(
      `${HOST_ENV.keyVaultSecrets} must be a comma list of <${FILES.join(' | ')}>=<name in the vault>, got ${got}: use for example ${EXAMPLE}`,
    );
  }
  const connectionToken = names.get(SECRET_FILES.connectionToken);
  if (connectionToken === undefined) {
    mistakes.push(
      `${HOST_ENV.keyVaultSecrets} must name the ${SECRET_FILES.connectionToken}, got ${got}: use for example ${EXAMPLE}`,
    );
  }
  const poll = env[HOST_ENV.vaultPoll] || DEFAULT_POLL_SECONDS;
  if (!/^[1-9]\d{0,4}$/.test(poll)) {
    mistakes.push(
      `${HOST_ENV.vaultPoll} must be a number of seconds from 1 to 99999, got ${JSON.stringify(poll.slice(0, 200))}: use ${DEFAULT_POLL_SECONDS}`,
    );
  }
  const githubToken = names.get(SECRET_FILES.githubToken);
  const { vault: url, identity, patienceMs } = azure;
  return {
    url,
    identity,
    patienceMs,
    connectionToken: connectionToken ?? '',
    pollMs: Number(poll) * 1000,
    ...(githubToken !== undefined && { githubToken }),
  };
}
