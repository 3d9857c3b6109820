import type { z } from 'zod';

import type { GatewayConfig, GatewayTenant } from './gateway-contract.js';
import type { RuntimeId, TokenSlot } from './names.js';
import { replicaRuntimeId } from './names.js';
import { poolNamespace, tenantsOf } from './placement.js';
import { addressOf } from './redis-address.js';
import type { GatewayLimits, GatewayPolicy, Routing } from './schema/gateway.js';
import type { SecretSource, Tenant, Topology } from './schema/index.js';
import type { destination } from './schema/runtime.js';

/** A tenant that the gateway serves. */
export interface GatewayTenantPlan {
  readonly limits: GatewayLimits;
  readonly policy: GatewayPolicy;
  /** Revisions of the token slots that are valid. */
  readonly tokens: GatewayTenant['tokens'];
  /** Who may reach the gateway and read the token (Kubernetes). */
  readonly clients: Tenant['clients'];
  /** Who may read the token (Azure): object ids. */
  readonly principals: readonly string[];
}

/** What stands before the pool. The same on every platform. */
export interface GatewayPlan {
  /** Namespace on Kubernetes, that of the pool. */
  readonly namespace: string;
  /** Gateways side by side. */
  readonly replicas: number;
  readonly port: number;
  /** Runtimes behind it. */
  readonly runtimes: readonly RuntimeId[];
  /** Active pooled tenants. */
  readonly tenants: Readonly<Record<string, GatewayTenantPlan>>;
  readonly routing: Routing;
  readonly replicaWaitSeconds: number;
  readonly drainSeconds: number;
  /** Attached sessions of one replica, through one gateway. */
  readonly sessionsPerReplica: number;
  /** The replicas run with a GitHub identity of their own. */
  readonly poolHasIdentity: boolean;
  /** Hours after its last prompt when a session is deleted. Elsewhere than on shared storage the replicas see to it. */
  readonly sessionTtlHours: number;
  /** Present with `pool.storage: shared`. */
  readonly lock?: {
    readonly url: string;
    readonly password?: SecretSource;
    readonly ttlSeconds: number;
    /** Where the gateway's network policy lets it reach the server (Kubernetes). */
    readonly egress?: z.output<typeof destination>;
  };
}

/** In which another runtime usually is in the place of one that was ended. */
const START_SECONDS = 30;

/** The gateway of a topology; every pool has one. */
export function planGateway(topology: Topology): GatewayPlan | undefined {
  const { pool, platform, runtime } = topology;
  if (!pool) return undefined;
  const { gateway } = pool;
  const replicas = gateway.replicas ?? (platform === 'kubernetes' ? 2 : 1);
  return {
    namespace: poolNamespace(topology),
    replicas,
    port: gateway.port,
    runtimes: Array.from({ length: pool.replicas }, (_, n) => replicaRuntimeId(n)),
    tenants: Object.fromEntries(
      tenantsOf(topology, 'pool')
        .filter(([, { state }]) => state === 'active')
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([id, { limits, policy, gatewayToken, clients, principals }]) => [
          id,
          {
            limits: { ...gateway.limits, ...limits },
            policy: { ...gateway.policy, ...policy },
            tokens: gatewayToken,
            clients,
            principals,
          },
        ]),
    ),
    routing: gateway.routing,
    replicaWaitSeconds: gateway.replicaWaitSeconds ?? runtime.drainSeconds + START_SECONDS,
    drainSeconds: gateway.drainSeconds,
    // Gateways do not know of one another's sessions: each gets its share.
    sessionsPerReplica: Math.ceil(pool.maxSessionsPerReplica / replicas),
    poolHasIdentity: runtime.auth.githubToken !== undefined,
    sessionTtlHours: runtime.sessionTtlHours,
    ...(pool.storage === 'shared' && pool.lock && { lock: planLock(pool.lock) }),
  };
}

function planLock({ redis, ttlSeconds }: NonNullable<NonNullable<Topology['pool']>['lock']>) {
  const { url, password, egress } = redis;
  const { cidr, port } = addressOf(url);
  const derived = cidr === undefined ? undefined : { cidr, port };
  const reached = egress ?? derived;
  return { url, ttlSeconds, ...(password && { password }), ...(reached && { egress: reached }) };
}

/** The slot that a client should use: the one with the higher revision, `b` when they are equal. */
export function preferredSlot({ a, b }: GatewayTenant['tokens']): TokenSlot {
  return b === undefined || (a !== undefined && a > b) ? 'a' : 'b';
}

/** What of the gateway's configuration only the platform knows. */
export type GatewayPlace = Pick<
  GatewayConfig,
  'listen' | 'health' | 'replicas' | 'tokens' | 'keyVaultFiles'
> & {
  readonly redisPasswordFile?: string;
};

/** The configuration file of a planned gateway. */
export function gatewayConfig(plan: GatewayPlan, place: GatewayPlace): GatewayConfig {
  const { redisPasswordFile, ...where } = place;
  return {
    ...where,
    tenants: Object.fromEntries(
      Object.entries(plan.tenants).map(([id, { limits, policy, tokens }]) => [
        id,
        { limits, policy, tokens },
      ]),
    ),
    routing: plan.routing,
    replicaWaitSeconds: plan.replicaWaitSeconds,
    drainSeconds: plan.drainSeconds,
    sessionsPerReplica: plan.sessionsPerReplica,
    poolHasIdentity: plan.poolHasIdentity,
    ...(plan.lock && {
      sessionTtlHours: plan.sessionTtlHours,
      sharedStorage: {
        redisUrl: plan.lock.url,
        ttlSeconds: plan.lock.ttlSeconds,
        keyPrefix: `copilot-runtimes:${plan.namespace}:`,
        ...(redisPasswordFile !== undefined && { redisPasswordFile }),
      },
    }),
  };
}
