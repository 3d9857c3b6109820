import {
  connectTenant,
  encodeSessionId,
  isOwnedBy,
  openRedis,
  RedisLocks,
  SessionLock,
  SessionManager,
  SessionNotFoundError,
  type Manifest,
  type Resolver,
} from '../../client/index.js';

/** Conversations of a tenant's users, served by several back ends. */
export async function chats(manifest: Manifest, tenant: string, resolve: Resolver, redisUrl: string) {
  const redis = await openRedis(redisUrl);
  const manager = new SessionManager({
    connect: () => connectTenant(manifest, tenant, { resolve }),
    settings: () => ({ availableTools: [] }),
    lock: new SessionLock({ backend: new RedisLocks(redis) }),
  });
  return {
    begin: (user: string) => encodeSessionId({ tenant, user, workload: 'chat' }),
    async say(user: string, sessionId: string, prompt: string) {
      // The id came from a browser: see whose it is before anything else.
      if (!isOwnedBy(sessionId, { tenant, user })) throw new SessionNotFoundError(sessionId);
      return (await manager.turn(sessionId, prompt))?.data.content;
    },
    end: (sessionId: string) => manager.finish(sessionId),
    async close() {
      await manager.close();
      redis.disconnect();
    },
  };
}
