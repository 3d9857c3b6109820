import path from 'node:path';

import {
  GATEWAY_CONFIG_FILE,
  GATEWAY_ENV,
  GATEWAY_VAULT_DIRECTORY,
} from '../../../topology/gateway-contract.js';
import { HOST_ENV, HOST_PORTS } from '../../../topology/host-contract.js';
import { readAzure, type AzureSettings, type RecordSettings } from '../../managed-identity/settings.js';
import { ConfigError } from '../config.js';

/** What the gateway knows before it has its configuration. */
export interface GatewaySettings {
  readonly configFile: string;
  /** The secret that the configuration is kept in. @default - somebody else keeps the file */
  readonly vault?: AzureSettings & {
    readonly vault: string;
    readonly configSecret: string;
    /** Between two looks at it, in milliseconds. */
    readonly pollMs: number;
  };
  /** Between two passes that delete expired sessions. */
  readonly cleanUpSeconds: number;
  /** `host:port` of the health server, which answers while a vault is waited for. @default - as configured */
  readonly health?: string;
  /** The DNS record set that leads to this container. @default - none */
  readonly record?: RecordSettings;
}

const DEFAULT_POLL_SECONDS = '30';
const DEFAULT_CLEAN_UP_SECONDS = '3600';

/** @throws {ConfigError} with every mistake */
export function readSettings(env: NodeJS.ProcessEnv): GatewaySettings {
  const mistakes: string[] = [];
  const azure = readAzure(env, mistakes);
  const configSecret = env[GATEWAY_ENV.configSecret] || undefined;
  const vault = azure?.vault;
  if ((vault === undefined) !== (configSecret === undefined)) {
    const [set, missing] =
      vault === undefined
        ? [GATEWAY_ENV.configSecret, HOST_ENV.keyVault]
        : [HOST_ENV.keyVault, GATEWAY_ENV.configSecret];
    mistakes.push(`${set} is set without ${missing}: set both, or none for a configuration in a file`);
  }
  const inVault = `${GATEWAY_VAULT_DIRECTORY}/${path.basename(GATEWAY_CONFIG_FILE)}`;
  const configFile = env[GATEWAY_ENV.config] || (vault === undefined ? GATEWAY_CONFIG_FILE : inVault);
  if (!path.isAbsolute(configFile)) {
    mistakes.push(
      `${GATEWAY_ENV.config} must be an absolute path, got ${JSON.stringify(configFile)}: use for example ${GATEWAY_CONFIG_FILE}`,
    );
  }
  const seconds = (name: string, otherwise: string) => {
    const text = env[name] || otherwise;
    if (!/^[1-9]\d{0,4}$/.test(text)) {
      mistakes.push(
        `${name} must be a number of seconds from 1, got ${JSON.stringify(text)}: use ${otherwise}`,
      );
    }
    return Number(text);
  };
  const pollSeconds = seconds(GATEWAY_ENV.vaultPoll, DEFAULT_POLL_SECONDS);
  const cleanUpSeconds = seconds(GATEWAY_ENV.cleanUpSeconds, DEFAULT_CLEAN_UP_SECONDS);
  if (mistakes.length > 0) {
    throw new ConfigError(
      `the gateway cannot start:\n${mistakes.map((mistake) => `- ${mistake}`).join('\n')}`,
    );
  }
  return {
    configFile,
    cleanUpSeconds,
    ...(azure?.record && { record: azure.record }),
    ...(azure &&
      vault !== undefined &&
      configSecret !== undefined && {
        vault: { ...azure, vault, configSecret, pollMs: pollSeconds * 1000 },
        health: env[HOST_ENV.health] || `0.0.0.0:${HOST_PORTS.health}`,
      }),
  };
}
