/**
 * What a platform (local, Kubernetes, Azure) and the runtime host agree on: environment variables, files and
 * ports. Constants only, so that the host, which must stay small, loads nothing else of this folder.
 */

/** Environment variables that the runtime host reads. */
export const HOST_ENV = {
  /** Absolute path of the runtime's home; also what the runtime itself reads. */
  home: 'COPILOT_HOME',
  /**
   * Absolute path of a directory with the sessions of all replicas of a pool. The home's own `session-state` leads
   * there. @default - the home keeps its sessions
   */
  sessions: 'COPILOT_RUNTIMES_SESSIONS',
  /** Id of the runtime in the plan; passed on to the runtime process, so that it can be told who it is. */
  runtime: 'COPILOT_RUNTIMES_RUNTIME',
  /** `native`, `cli` or an absolute path. @default native */
  binary: 'COPILOT_RUNTIMES_BINARY',
  /** Directory with one file per secret, see {@link SECRET_FILES}. @default /var/run/secrets/copilot-runtimes */
  secretsDir: 'COPILOT_RUNTIMES_SECRETS_DIR',
  /**
   * Key Vault, such as `https://acme.vault.azure.net/`. The secrets come from there instead of the directory, read
   * with the managed identity {@link HOST_ENV.identity}. @default - files
   */
  keyVault: 'COPILOT_RUNTIMES_KEY_VAULT',
  /** Comma list `<name of {@link SECRET_FILES}>=<name in the vault>`, such as `connection-token=prod-tenant-acme-…`. */
  keyVaultSecrets: 'COPILOT_RUNTIMES_KEY_VAULT_SECRETS',
  /** Client id of the user-assigned identity of the container group. Not a secret. */
  identity: 'COPILOT_RUNTIMES_IDENTITY',
  /** Seconds between two looks at whether the secrets in the vault have changed. @default 300 */
  vaultPoll: 'COPILOT_RUNTIMES_KEY_VAULT_POLL_SECONDS',
  /**
   * Revisions of the secrets in the vault. The host ignores it: a change replaces the container group, which then
   * reads the new values.
   */
  secretsRevision: 'COPILOT_RUNTIMES_SECRETS_REVISION',
  /**
   * Resource id of the private DNS record set that must lead to this container, whose address changes whenever its
   * group restarts. @default - nobody's record is written
   */
  dnsRecord: 'COPILOT_RUNTIMES_DNS_RECORD',
  /** How long a role, an identity or a network that is not there yet is waited for, in seconds. @default 600 */
  patience: 'COPILOT_RUNTIMES_PATIENCE_SECONDS',
  /** Seconds that running turns get to finish when the host is asked to stop. @default 30 */
  drainSeconds: 'COPILOT_RUNTIMES_DRAIN_SECONDS',
  /**
   * Resident memory of the runtime process, in MiB, at which it is replaced by a new one when its turns have finished.
   * @default - never
   */
  mostMemoryMiB: 'COPILOT_RUNTIMES_MOST_MEMORY_MIB',
  /** Seconds that a runtime is kept at least before its memory replaces it. @default 120 */
  keepSeconds: 'COPILOT_RUNTIMES_KEEP_SECONDS',
  /** Hours after its last use when a session is deleted. @default - never */
  sessionTtlHours: 'COPILOT_RUNTIMES_SESSION_TTL_HOURS',
  /** Seconds between two passes that delete expired sessions. @default 3600 */
  cleanUpSeconds: 'COPILOT_RUNTIMES_CLEAN_UP_SECONDS',
  /** Seconds between two lines of the log that say how the runtime stands. @default 300 */
  statusSeconds: 'COPILOT_RUNTIMES_STATUS_SECONDS',
  /** `host:port` of `/livez`, `/readyz`, `/statusz` and `/metrics`; port 0 picks a free one. @default 0.0.0.0:4380 */
  health: 'COPILOT_RUNTIMES_HEALTH',
  /** Comma list of stand-ins to serve on loopback, see {@link STAND_INS}. @default - none */
  standIn: 'COPILOT_RUNTIMES_STAND_IN',
  /** Loopback port of the stand-ins; 0 picks a free one. @default 4390 */
  standInPort: 'COPILOT_RUNTIMES_STAND_IN_PORT',
} as const;

/** Where a container has the volume; the home is a 0700 folder in it, for a mount point keeps its own mode. */
export const STATE_DIRECTORY = '/var/lib/copilot';

/**
 * Where a container group has its file share. Only sessions lie there, and the home beside them on the container's
 * own disk: SMB keeps no file modes, and SQLite cannot lock on it.
 */
export const SHARE_DIRECTORY = '/mnt/session-state';

/**
 * Where the DNS record of a container leads while the container does not run: an address that is nobody's (RFC 5737),
 * so that no client shows its token to whoever gets the address next.
 */
export const PLACEHOLDER_ADDRESS = '192.0.2.1';

/** Secrets directory in a container. */
export const SECRETS_DIRECTORY = '/var/run/secrets/copilot-runtimes';

/** Names of the files in the secrets directory. */
export const SECRET_FILES = {
  /** Required: 32 or more random bytes, as text. Root on the runtime. */
  connectionToken: 'connection-token',
  /** Optional: the GitHub token that the runtime process runs as. */
  githubToken: 'github-token',
  /** Optional: key of the topology's provider; the host leaves it alone, clients pass it with each session. */
  providerKey: 'provider-key',
} as const;

/** The container of a runtime and its host: its name, and the user and group that the image runs as. */
export const CONTAINER = { name: 'copilot-runtime', uid: 10_001 } as const;

/** Where things lie in the image of services/Dockerfile. */
export const IMAGE = {
  /** Reaps orphans, as process 1 must. */
  init: ['/usr/bin/tini', '--'],
  runtimeHost: '/app/dist/services/runtime-host/main.js',
  gateway: '/app/dist/services/gateway/main.js',
  /** Started in the container of a runtime for as long as its sessions are looked at or copied. */
  sessionKeeper: '/app/dist/services/session-keeper/main.js',
  /** The same for where a program gets a terminal and no arguments. */
  terminalSessionKeeper: '/app/bin/session-keeper',
  cli: '/app/dist/cli/main.js',
} as const;

/** Ports inside a container, where each runtime has a network namespace of its own. */
export const HOST_PORTS = { health: 4380, standIn: 4390 } as const;

/**
 * Flags of Node.js for the runtime host, which stands beside a 24 MB runtime: without the compiler it has 52 MB
 * resident instead of 62 (measured idle, with and without stand-ins).
 */
export const HOST_NODE_FLAGS = [
  '--max-semi-space-size=1',
  '--max-old-space-size=64',
  '--jitless',
  // Goes with the compiler; without this flag Node.js warns about it on stderr at every start.
  '--no-expose-wasm',
] as const;

/** What the runtime host can serve in place of a real service: a model, GitHub, Mission Control. */
export const STAND_INS = ['model', 'github', 'missionControl'] as const;
export type StandIn = (typeof STAND_INS)[number];

/** Where the stand-in Mission Control is, below the stand-ins' origin. */
export const MISSION_CONTROL_PATH = '/mission-control';

/** Runtime binaries: the SDK's native server (default) or the npm CLI. */
export type RuntimeBinary = 'native' | 'cli';

/** What the host tells a parent that started it with an IPC channel; the local target is that parent. */
export type HostMessage =
  | {
      type: 'listening';
      runtimePid: number;
      /** Port the runtime serves the SDK's protocol on. */
      port: number;
      healthPort: number;
      standInPort?: number;
    }
  | { type: 'ready' }
  | { type: 'failed'; message: string };
