import { join } from 'node:path';
import { HOST_ENV, MISSION_CONTROL_PATH } from '../../topology/host-contract.js';
import type { HostConfig } from './config.js';
import type { Secrets } from './secrets.js';

/**
 * Variables that never reach a runtime from outside: credentials of whoever started the host, and what would change
 * how the process runs. Anyone who holds the connection token can read the runtime's environment.
 */
export const WITHHELD: readonly string[] = [
  'COPILOT_GITHUB_TOKEN',
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GH_ENTERPRISE_TOKEN',
  'GITHUB_ENTERPRISE_TOKEN',
  'GITHUB_ASKPASS',
  'GITHUB_COPILOT_API_TOKEN',
  'GITHUB_COPILOT_GITHUB_TOKEN',
  'COPILOT_CONNECTION_TOKEN',
  'COPILOT_SDK_AUTH_TOKEN',
  'COPILOT_HMAC_KEY',
  'CAPI_HMAC_KEY',
  'COPILOT_MC_ACCESS_TOKEN',
  'COPILOT_PROVIDER_API_KEY',
  'COPILOT_PROVIDER_API_KEY_COMMAND',
  'COPILOT_PROVIDER_BEARER_TOKEN',
  'COPILOT_PROVIDER_HEADERS',
  'NODE_OPTIONS',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_UNIQUE_ID',
];

const LOOPBACK = ['127.0.0.1', 'localhost', '::1'];

/** Environment of the runtime process. */
export function runtimeEnvironment(
  config: HostConfig,
  secrets: Secrets,
  hostEnv: NodeJS.ProcessEnv,
  standInUrl?: string,
): NodeJS.ProcessEnv {
  const withheld = new Set([...WITHHELD, ...Object.values(HOST_ENV)]);
  const env = Object.fromEntries(Object.entries(hostEnv).filter(([name]) => !withheld.has(name)));
  const noProxy = loopbackWithoutProxy(hostEnv);
  return {
    // The CLI exits without a message when it finds no home directory; an image's numeric uid has none.
    HOME: config.home,
    ...env,
    ...(config.binary === 'cli' && cliPackageCache(hostEnv, config.home)),
    ...(config.runtime && { [HOST_ENV.runtime]: config.runtime }),
    COPILOT_HOME: config.home,
    // Else runtimes of one user share one cache of GitHub's answers about users in ~/.cache.
    COPILOT_CACHE_HOME: join(config.home, '.cache'),
    COPILOT_DISABLE_KEYTAR: '1',
    COPILOT_CONNECTION_TOKEN: secrets.connectionToken,
    ...(secrets.githubToken && { COPILOT_GITHUB_TOKEN: secrets.githubToken }),
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    ...(standInUrl && config.standIns.has('github') && gitHubAt(standInUrl)),
    ...(standInUrl &&
      config.standIns.has('missionControl') && {
        COPILOT_MC_BASE_URL: `${standInUrl}${MISSION_CONTROL_PATH}`,
      }),
  };
}

/**
 * Arguments of the runtime process: its own, and with a GitHub token the name of the variable that holds it, because
 * `--no-auto-login` makes a runtime ignore the token in its environment.
 */
export function runtimeArguments(config: HostConfig, secrets: Secrets): readonly string[] {
  const args = config.runtimeArgs;
  const ignored = args.includes('--no-auto-login') && !args.some((arg) => /^--auth-token-env(=|$)/.test(arg));
  return secrets.githubToken && ignored ? [...args, '--auth-token-env', 'COPILOT_GITHUB_TOKEN'] : args;
}

/** Keeps the CLI's unpacked program (235 MB) where it would be without a cache of our own for each home. */
function cliPackageCache(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const caches = env.XDG_CACHE_HOME || join(env.HOME || home, '.cache');
  return {
    COPILOT_PKG_CACHE_HOME: env.COPILOT_PKG_CACHE_HOME || env.COPILOT_CACHE_HOME || join(caches, 'copilot'),
  };
}

/** A proxy captures even calls to loopback, where the stand-ins are. */
function loopbackWithoutProxy(env: NodeJS.ProcessEnv): string {
  const given = [env.NO_PROXY, env.no_proxy].flatMap((list) => (list ?? '').split(','));
  return [...new Set([...LOOPBACK, ...given.map((host) => host.trim()).filter(Boolean)])].join(',');
}

function gitHubAt(url: string): NodeJS.ProcessEnv {
  return { COPILOT_DEBUG_GITHUB_API_URL: url, COPILOT_API_URL: url };
}
