/**
 * What the back end of an application imports. Loads neither cdktf nor, until they are used, `ioredis`,
 * `@kubernetes/client-node` and the SDK of Azure.
 */
export { parseManifest, type Endpoint, type Manifest, type SecretPlace } from '../topology/index.js';
export { AllowlistError, assertAllowlist } from './allowlist.js';
export { CloudSessionError, createCloudSession, type CloudSessionOptions } from './cloud/cloud-session.js';
export { isPolicyBlocked, PolicyBlockedError } from './cloud/policy.js';
export {
  openWorkload,
  routeWorkload,
  type OpenWorkloadOptions,
  type Workload,
  type WorkloadRoute,
  type WorkloadSession,
} from './cloud/workload.js';
export {
  connectTenant,
  connectTenantRuntime,
  NoRouteError,
  type ConnectTenantOptions,
} from './connect-tenant.js';
export { connectRuntime, RuntimeClient, type ConnectOptions, type ModelAccess } from './connect.js';
export type { FencedStore, Grant, LockBackend } from './locks/backend.js';
export { openRedis, type RedisOptions } from './locks/connection.js';
export { MemoryLocks } from './locks/memory.js';
export { RedisLocks } from './locks/redis.js';
export {
  LockBusyError,
  LockLostError,
  LockUnavailableError,
  SessionLock,
  type SessionLease,
  type SessionLockOptions,
} from './locks/session-lock.js';
export { OptionsError } from './options.js';
export { OwnedSessions, SessionNotFoundError, type GuardOptions } from './ownership/guard.js';
export { RedisOwnershipStore } from './ownership/redis.js';
export { MemoryOwnershipStore, type OwnershipStore } from './ownership/store.js';
export { azureResolver, type AzureResolverOptions } from './resolve/azure.js';
export { kubernetesResolver, type KubernetesResolverOptions } from './resolve/kubernetes.js';
export { localResolver } from './resolve/local.js';
export { ResolveError, type Resolver } from './resolve/resolver.js';
export {
  encodeSessionId,
  isOwnedBy,
  parseSessionId,
  SESSION_ID_MAX,
  SessionIdError,
  type SessionIdParts,
  type SessionOwner,
} from './session-id.js';
export { ConnectionLostError } from './sessions/connection.js';
export { TurnTimeoutError } from './sessions/deadline.js';
export {
  SessionManager,
  type SessionManagerOptions,
  type SessionSettings,
  type TurnOptions,
} from './sessions/session-manager.js';
export { TurnError } from './sessions/turn.js';
