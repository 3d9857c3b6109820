import { HOST_ENV, HOST_PORTS, SHARE_DIRECTORY, STATE_DIRECTORY } from '../../topology/host-contract.js';
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

/** Rule: the arguments have a flag. */
function flag(name: string, since: string): PropRule<RuntimeProps> {
  return ({ args }) =>
    !isKnown(args) || args.includes(name)
      ? undefined
      : `args must have ${name}, since ${since}: make them with runtimeArguments`;
}

const samePort: PropRule<RuntimeProps> = ({ args, port = 4321 }) => {
  if (!isKnown(args) || !isKnown(port)) return undefined;
  const got = args[args.indexOf('--port') + 1];
  if (!args.includes('--port') || !isKnown(got) || got === String(port)) return undefined;
  return `args must have --port ${port}, which the group opens, got ${got}: make port and args the same`;
};

const ownPort: PropRule<RuntimeProps> = ({ port }) =>
  isKnown(port) && Object.values<number>(HOST_PORTS).includes(port)
    ? `port must not be ${port}, which the runtime host uses itself: use another, such as 4321`
    : undefined;

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

const homeOnDisk: PropRule<RuntimeProps> = ({ env }) => {
  const home = isKnown(env) ? env[HOST_ENV.home] : undefined;
  if (!isKnown(home) || (home.startsWith(`${STATE_DIRECTORY}/`) && !home.split('/').includes('..')))
    return undefined;
  return `env ${HOST_ENV.home} must be a folder in ${STATE_DIRECTORY}, which the image makes for it, got "${home}": use ${STATE_DIRECTORY}/home, or leave it out`;
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
  flag('--headless', 'the runtime host refuses to start without it'),
  flag('--session-idle-timeout', 'a runtime without it never ends a session'),
  samePort,
  ownPort,
  fixedEnvironment,
  homeOnDisk,
  noSecrets,
];
