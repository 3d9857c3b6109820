import { HOST_ENV, HOST_PORTS, SHARE_DIRECTORY } from '../../topology/host-contract.js';
import { runtimeRules } from '../common/runtime-rules.js';
import { isKnown, type PropRule } from '../common/validation.js';

import { CONTAINER_GROUP_RULES, sizes, type ContainerGroupProps } from './container-group.js';
import { azureName, groupPort } from './rules.js';

export interface RuntimeProps extends ContainerGroupProps {
  /** Arguments of the runtime process. @default - by `runtimeArguments`, with an idle timeout of 1800 s */
  readonly args?: readonly string[];
  /**
   * Environment of the runtime host. Never a secret: it is in the state, and everybody who may read the group reads
   * it.
   *
   * @default - what the host must know of home, share, vault and name
   */
  readonly env?: Readonly<Record<string, string>>;
  /** Port of the runtime. @default 4321 */
  readonly port?: number;
  /** Cores, in tenths, at least 1: Azure starts no smaller group. @default 1 */
  readonly cpu?: number;
  /** Memory, in tenths of a GiB, at least 1. @default 1 */
  readonly memoryGiB?: number;
  /** The vault and the names of this runtime's secrets in it, by `RuntimeSecrets`. */
  readonly keyVault: {
    /** Such as `https://acme.vault.azure.net/`. */
    readonly uri: string;
    readonly connectionToken: string;
    /** GitHub identity of the process. @default - none */
    readonly githubToken?: string;
  };
  /**
   * Changes with any of the secrets, so that a group that has read the old ones is replaced.
   *
   * @default - groups keep what they have read until they restart
   */
  readonly secretsRevision?: string;
  /**
   * Share that the sessions lie on, by `SessionStorage`. The home stays on the container's own disk: SMB keeps no
   * file modes, and SQLite cannot lock on it.
   *
   * @default - sessions go with the group
   */
  readonly share?: {
    readonly name: string;
    readonly storageAccountName: string;
    /** In the state: Container Instances takes no identity for it. */
    readonly storageAccountKey: string;
  };
}

/** Environment that a caller may not set another way than the group is built. */
const FIXED: Readonly<Record<string, string>> = {
  [HOST_ENV.health]: `0.0.0.0:${HOST_PORTS.health}`,
  [HOST_ENV.sessions]: SHARE_DIRECTORY,
};

const fixedEnvironment: PropRule<RuntimeProps> = ({ env }) => {
  if (!isKnown(env)) return undefined;
  const wrong = Object.entries(FIXED).find(([name, value]) => isKnown(env[name]) && env[name] !== value);
  return wrong && `env ${wrong[0]} must be ${wrong[1]}, got "${env[wrong[0]]}": leave it out`;
};

/** What clients call a secret; in an environment it would be in the state and in the portal. */
const SECRET_VARIABLES: readonly string[] = [
  'COPILOT_CONNECTION_TOKEN',
  'COPILOT_GITHUB_TOKEN',
  'COPILOT_PROVIDER_API_KEY',
  'GH_TOKEN',
  'GITHUB_TOKEN',
];

const noSecrets: PropRule<RuntimeProps> = ({ env }) => {
  const found = isKnown(env) ? Object.keys(env).filter((name) => SECRET_VARIABLES.includes(name)) : [];
  return found.length === 0
    ? undefined
    : `env must not have ${found.join(', ')}, which the state would keep in clear text: put the value into the vault and name it under keyVault`;
};

/** Rules that the props of a runtime are held against. */
export const RUNTIME_RULES: readonly PropRule<RuntimeProps>[] = [
  ...CONTAINER_GROUP_RULES,
  ...sizes<RuntimeProps>(),
  groupPort('port', (props) => props.port),
  azureName('keyVault.connectionToken', 'keyVaultSecret', ({ keyVault }) => [keyVault.connectionToken]),
  azureName('keyVault.githubToken', 'keyVaultSecret', ({ keyVault }) => keyVault.githubToken),
  azureName('share.name', 'fileShare', (props) => props.share?.name),
  azureName('share.storageAccountName', 'storageAccount', (props) => props.share?.storageAccountName),
  fixedEnvironment,
  noSecrets,
  ...runtimeRules<RuntimeProps>({ port: 'which the group opens', home: 'which the image makes for it' }),
];
