/**
 * What the gateway of a pool and the hosts of its replicas agree on. They meet in the runtime alone: every platform lets
 * both reach it, and its protocol is all that a gateway needs a network for.
 */

/** Between a tenant and its session in the id that a runtime knows. Tenant ids have no `_`: no prefix starts another. */
export const TENANT_SEPARATOR = '__';

/**
 * Id of the session that a replica's host creates when it begins to drain. A runtime tells each of its connections of a
 * session that is created, and whoever connects later can ask whether it is there; it goes with the runtime process. No
 * tenant can create it, for it has no {@link TENANT_SEPARATOR}.
 *
 * @param replica id of the runtime in the plan, such as `pool/0`: replicas may share the place of their sessions
 */
export const drainSession = (replica: string) =>
  `copilot-runtimes-drain-${replica.replace(/[^A-Za-z0-9-]/g, '-')}`;
