import { isAbsolute, normalize } from 'node:path';
import { HOST_ENV, HOST_PORTS, STAND_INS, type StandIn } from '../../topology/host-contract.js';
import { readAzure, type RecordSettings } from '../managed-identity/settings.js';
import { readVaultSource, type VaultSource } from './vault-source.js';

/** Where something listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Configuration of the host, read once from its arguments and environment. */
export interface HostConfig {
  /** The runtime's own arguments. */
  readonly runtimeArgs: readonly string[];
  /** Absolute path of COPILOT_HOME. */
  readonly home: string;
  /** Directory of the sessions that all replicas of a pool share. @default - the home keeps its sessions */
  readonly sessions?: string;
  /** Id of the runtime in the plan, for the log. @default - the log does not name the runtime */
  readonly runtime?: string;
  /** `native`, `cli` or an absolute path. */
  readonly binary: string;
  /** Directory of the secret files; not looked at where a vault has the secrets. */
  readonly secretsDir: string;
  /** How long running turns may take to finish when the host is asked to stop. */
  readonly drainSeconds: number;
  /** The secrets in a Key Vault. @default - they are files */
  readonly vault?: VaultSource;
  /** The DNS record set that leads to this container. @default - none */
  readonly record?: RecordSettings;
  /** Hours after its last use when a session is deleted. @default - never */
  readonly sessionTtlHours?: number;
  readonly cleanUpSeconds: number;
  /** Between two lines of the log that say how the runtime stands. */
  readonly statusSeconds: number;
  /** Memory of the runtime process at which it is replaced. @default - never */
  readonly mostMemoryMiB?: number;
  /** How long a runtime is kept at least before its memory replaces it. */
  readonly keepSeconds: number;
  readonly health: Address;
  readonly standIns: ReadonlySet<StandIn>;
  /** Loopback port of the stand-ins; 0 picks a free one. */
  readonly standInPort: number;
}

const DEFAULTS = {
  binary: 'native',
  secretsDir: '/var/run/secrets/copilot-runtimes',
  health: `0.0.0.0:${HOST_PORTS.health}`,
  standInPort: String(HOST_PORTS.standIn),
  drainSeconds: '30',
  cleanUpSeconds: '3600',
  statusSeconds: '300',
  keepSeconds: '120',
} as const;

const BINARIES: readonly string[] = ['native', 'cli'];

/**
 * Reads the configuration and appends every mistake to `mistakes`; with any of them the result is not to be used.
 */
export function readConfig(args: readonly string[], env: NodeJS.ProcessEnv, mistakes: string[]): HostConfig {
  checkArgs(args, mistakes);
  const binary = env[HOST_ENV.binary] || DEFAULTS.binary;
  if (!BINARIES.includes(binary) && !isAbsolute(binary)) {
    mistakes.push(
      `${HOST_ENV.binary} must be ${BINARIES.join(', ')} or an absolute path, got ${quote(binary)}: use native`,
    );
  }
  const sessions = env[HOST_ENV.sessions] || undefined;
  const azure = readAzure(env, mistakes);
  const vault = readVaultSource(env, azure, mistakes);
  const ttl = env[HOST_ENV.sessionTtlHours];
  const memory = env[HOST_ENV.mostMemoryMiB];
  return {
    runtimeArgs: args,
    home: absolutePath(HOST_ENV.home, env[HOST_ENV.home], '/var/lib/copilot/home', mistakes),
    ...(sessions !== undefined && {
      sessions: absolutePath(HOST_ENV.sessions, sessions, '/var/lib/copilot/sessions', mistakes),
    }),
    runtime: env[HOST_ENV.runtime] || undefined,
    binary,
    secretsDir: absolutePath(
      HOST_ENV.secretsDir,
      env[HOST_ENV.secretsDir] || DEFAULTS.secretsDir,
      DEFAULTS.secretsDir,
      mistakes,
    ),
    drainSeconds: whole(
      HOST_ENV.drainSeconds,
      env[HOST_ENV.drainSeconds] || DEFAULTS.drainSeconds,
      0,
      mistakes,
    ),
    ...(ttl && { sessionTtlHours: whole(HOST_ENV.sessionTtlHours, ttl, 1, mistakes) }),
    cleanUpSeconds: whole(
      HOST_ENV.cleanUpSeconds,
      env[HOST_ENV.cleanUpSeconds] || DEFAULTS.cleanUpSeconds,
      1,
      mistakes,
    ),
    statusSeconds: whole(
      HOST_ENV.statusSeconds,
      env[HOST_ENV.statusSeconds] || DEFAULTS.statusSeconds,
      1,
      mistakes,
    ),
    ...(memory && { mostMemoryMiB: whole(HOST_ENV.mostMemoryMiB, memory, 1, mistakes) }),
    keepSeconds: whole(HOST_ENV.keepSeconds, env[HOST_ENV.keepSeconds] || DEFAULTS.keepSeconds, 1, mistakes),
    ...(vault && { vault }),
    ...(azure?.record && { record: azure.record }),
    health: address(HOST_ENV.health, env[HOST_ENV.health] || DEFAULTS.health, mistakes),
    standIns: standIns(env[HOST_ENV.standIn] ?? '', mistakes),
    standInPort: port(HOST_ENV.standInPort, env[HOST_ENV.standInPort] || DEFAULTS.standInPort, mistakes),
  };
}

function checkArgs(args: readonly string[], mistakes: string[]): void {
  if (!args.includes('--headless')) {
    mistakes.push(
      `the runtime's arguments must contain --headless, got ${args.length === 0 ? 'none' : quote(args.join(' '))}: ` +
        'use --headless --no-auto-update --no-auto-login --host 127.0.0.1 --port 4321',
    );
  }
  if (args.includes('--stdio')) {
    mistakes.push('--stdio serves only the process that started the runtime: use --host and --port');
  }
}

function absolutePath(name: string, value: string | undefined, example: string, mistakes: string[]): string {
  if (!value || !isAbsolute(value)) {
    mistakes.push(
      `${name} must be an absolute path, got ${value ? quote(value) : 'nothing'}: use for example ${example}`,
    );
    return '';
  }
  return normalize(value);
}

function address(name: string, value: string, mistakes: string[]): Address {
  const [, host, digits] = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d+)$/.exec(value) ?? [];
  if (host === undefined || digits === undefined) {
    mistakes.push(
      `${name} must be host:port, got ${quote(value)}: use for example ${DEFAULTS.health} or [::]:${HOST_PORTS.health}`,
    );
    return { host: '', port: 0 };
  }
  return { host: host.replace(/^\[|\]$/g, ''), port: port(name, digits, mistakes) };
}

function port(name: string, value: string, mistakes: string[]): number {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : NaN;
  if (!(number <= 65535)) {
    mistakes.push(`${name} must have a port from 0 to 65535, got ${quote(value)}: use 0 for any free one`);
    return 0;
  }
  return number;
}

/** A whole number that Node.js can wait for, in seconds, or count hours by. */
function whole(name: string, value: string, min: number, mistakes: string[]): number {
  const number = /^\d{1,6}$/.test(value) ? Number(value) : NaN;
  if (number >= min) return number;
  mistakes.push(
    `${name} must be a whole number from ${min} to 999999, got ${quote(value)}: leave it out for the default`,
  );
  return min;
}

function standIns(value: string, mistakes: string[]): ReadonlySet<StandIn> {
  const names = value
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  for (const name of names.filter((name) => !(STAND_INS as readonly string[]).includes(name))) {
    mistakes.push(
      `${HOST_ENV.standIn} must be a comma list of ${STAND_INS.join(', ')}, got ${quote(name)}: remove it`,
    );
  }
  return new Set(names as StandIn[]);
}

function quote(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
}
