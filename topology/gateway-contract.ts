/**
 * What a platform (local, Kubernetes, Azure) and the gateway agree on: environment variables, files, ports and the
 * configuration file. The gateway, which must stay small, loads nothing else of this folder.
 */
import { z } from 'zod';

import { tenantId } from './schema/common.js';
import { gatewayLimits, gatewayPolicy, ROUTINGS } from './schema/gateway.js';

/** Environment variables that the gateway reads. Everything else stands in its configuration file. */
export const GATEWAY_ENV = {
  /**
   * Absolute path of the configuration file.
   * @default /etc/copilot-runtimes/gateway.json, and with a secret {@link GATEWAY_VAULT_DIRECTORY}/gateway.json
   */
  config: 'COPILOT_RUNTIMES_GATEWAY_CONFIG',
  /**
   * Name of the secret with the configuration in COPILOT_RUNTIMES_KEY_VAULT, read with COPILOT_RUNTIMES_IDENTITY: its
   * JSON, or that gzipped and in base64, since a secret has 25 KB at most. The gateway keeps the file, and those under
   * `keyVaultFiles`, as the vault has them. @default - somebody else keeps the files
   */
  configSecret: 'COPILOT_RUNTIMES_GATEWAY_CONFIG_SECRET',
  /** Seconds between two passes that delete expired sessions, with shared storage. @default 3600 */
  cleanUpSeconds: 'COPILOT_RUNTIMES_CLEAN_UP_SECONDS',
  /** Seconds between two looks at that secret. @default 30 */
  vaultPoll: 'COPILOT_RUNTIMES_GATEWAY_VAULT_POLL_SECONDS',
} as const;

export const GATEWAY_CONFIG_FILE = '/etc/copilot-runtimes/gateway.json';

/** Where the gateway keeps what it has from a Key Vault: in memory, and in a container where no tenant's code runs. */
export const GATEWAY_VAULT_DIRECTORY = '/dev/shm/copilot-runtimes';

/** Ports inside a container. */
export const GATEWAY_PORTS = { listen: 4322, health: 4380 } as const;

/** Names of the gateway's own files in the secrets directory, and keys in their Secrets. */
export const GATEWAY_SECRET_FILES = { redisPassword: 'redis-password' } as const;

/** Key of a gateway token in its Secret. */
export const GATEWAY_TOKEN_KEY = 'gateway-token';

/** Labels of the Secrets that the gateway takes for tenants' tokens. */
export const GATEWAY_TOKEN_LABELS = {
  tenant: 'copilot-runtimes/gateway-tenant',
  slot: 'copilot-runtimes/gateway-slot',
} as const;

export const TOKEN_SLOTS = ['a', 'b'] as const;

/** Name of the file with one slot of a tenant's token; tenant ids have no dot. */
export const gatewayTokenFile = (tenant: string, slot: (typeof TOKEN_SLOTS)[number]) => `${tenant}.${slot}`;

/** Flags of Node.js for the gateway, which keeps the compiler: it parses every message. */
export const GATEWAY_NODE_FLAGS = ['--max-semi-space-size=4', '--max-old-space-size=512'] as const;

const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:.]+\]|[^:\s[\]]+):\d{1,5}$/, 'must be host:port, such as 0.0.0.0:4322');
const revision = z.int().min(1);
const absolutePath = z.string().regex(/^\//, 'must be an absolute path');

/** The configuration file of the gateway (JSON). Never a secret; taken up anew whenever it changes. */
export const gatewayConfigSchema = z.strictObject({
  /** Where tenants connect; port 0 picks a free one. Not taken up anew. */
  listen: address,
  /**
   * `/livez`, `/readyz` and `/metrics`; port 0 picks a free one. Not taken up anew. Beside a vault, which may have to be
   * waited for, they are at COPILOT_RUNTIMES_HEALTH instead.
   */
  health: address,
  /** Runtimes of the pool by id. */
  replicas: z.record(z.string(), z.strictObject({ address, connectionTokenFile: absolutePath })),
  tenants: z.record(
    tenantId,
    z.strictObject({
      limits: gatewayLimits,
      policy: gatewayPolicy,
      /** Slots that are valid, with their revisions. A slot that is not here is revoked. */
      tokens: z.strictObject({ a: revision.optional(), b: revision.optional() }),
    }),
  ),
  /** Where tenants' tokens are kept. */
  tokens: z.discriminatedUnion('kind', [
    /** Files named by {@link gatewayTokenFile}. */
    z.strictObject({ kind: z.literal('directory'), path: absolutePath }),
    /** Secrets with {@link GATEWAY_TOKEN_LABELS} in this namespace, read through the API. */
    z.strictObject({ kind: z.literal('kubernetes'), namespace: z.string() }),
  ]),
  /**
   * Files that are kept as secrets of the vault with this configuration, by their path below its directory. A raised
   * revision has them read at once. @default - none
   */
  keyVaultFiles: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9.-]*(\/[a-z0-9][a-z0-9.-]*)?$/, 'must be a path of lower-case names'),
      z.strictObject({ secret: z.string(), revision }),
    )
    .optional(),
  routing: z.enum(ROUTINGS),
  replicaWaitSeconds: z.int().min(0),
  drainSeconds: z.int().min(0),
  /** Attached sessions of one replica, through this gateway. */
  sessionsPerReplica: z.int().min(1),
  /** The runtimes run with a GitHub identity of their own. */
  poolHasIdentity: z.boolean(),
  /** Hours after its last prompt when a session is deleted, with shared storage. @default - never */
  sessionTtlHours: z.int().min(1).optional(),
  /** Present when replicas share their sessions: a session is attached only under its lock. Not taken up anew. */
  sharedStorage: z
    .strictObject({
      redisUrl: z.string(),
      redisPasswordFile: absolutePath.optional(),
      /** Begins every key: pools that share a Redis do not meet there. */
      keyPrefix: z.string().min(1),
      /** A lock that nobody renews is free after this time. */
      ttlSeconds: z.int().min(1),
    })
    .optional(),
});
export type GatewayConfig = z.output<typeof gatewayConfigSchema>;
export type GatewayTenant = GatewayConfig['tenants'][string];

/** What the gateway tells a parent that started it with an IPC channel; the local target is that parent. */
export type GatewayMessage =
  | { type: 'listening'; port: number; healthPort: number }
  | { type: 'ready' }
  | { type: 'failed'; message: string };
