import { readFile } from 'node:fs/promises';

import { openRedis } from '../../client/locks/connection.js';
import { RedisLocks } from '../../client/locks/redis.js';
import { LockBusyError, SessionLock, type SessionLease } from '../../client/locks/session-lock.js';
import type { GatewayConfig } from '../../topology/gateway-contract.js';

import { messageOf, unavailable } from './errors.js';
import type { Log } from './log.js';

/**
 * Locks of sessions among all gateways of a pool whose replicas share their storage: the runtimes' own locks do not
 * hold across pods, and two that answer in one session would each keep half of it.
 */
export class SessionLocks {
  #settings: GatewayConfig['sharedStorage'];
  #known = false;
  #opening: Promise<SessionLock> | undefined;

  constructor(private readonly log: Log) {}

  /** Takes up the settings, once: locks that lie in two places keep nobody out. */
  configure(settings: GatewayConfig['sharedStorage']): void {
    if (this.#known && JSON.stringify(settings) !== JSON.stringify(this.#settings)) {
      this.log.warn('sharedStorage has changed, which is taken up at the next start of the gateway');
      return;
    }
    this.#settings = settings;
    this.#known = true;
  }

  /** Replicas share their storage. */
  get shared(): boolean {
    return this.#settings !== undefined;
  }

  /**
   * Takes the lock of a session; undefined where replicas keep sessions of their own.
   *
   * @param sessionId as its tenant knows it, for messages
   * @throws {Refusal} when somebody else holds it for all of the wait, or Redis does not answer
   */
  async take(upstreamId: string, sessionId: string, waitMs: number): Promise<SessionLease | undefined> {
    if (!this.#settings) return undefined;
    try {
      return await (await this.#lock(this.#settings)).acquire(upstreamId, waitMs);
    } catch (error) {
      if (error instanceof LockBusyError) {
        throw unavailable(
          `session ${sessionId} is in use through another gateway, or was until a moment ago: disconnect it there, or try again`,
        );
      }
      this.log.error({ reason: messageOf(error) }, 'the locks of sessions cannot be used');
      throw unavailable('the locks of sessions cannot be used at the moment: try again later');
    }
  }

  #lock(settings: NonNullable<GatewayConfig['sharedStorage']>): Promise<SessionLock> {
    const opening = (this.#opening ??= this.#open(settings));
    opening.catch(() => {
      if (this.#opening === opening) this.#opening = undefined;
    });
    return opening;
  }

  async #open({
    redisUrl,
    redisPasswordFile,
    keyPrefix,
    ttlSeconds,
  }: NonNullable<GatewayConfig['sharedStorage']>): Promise<SessionLock> {
    const password =
      redisPasswordFile === undefined ? undefined : (await readFile(redisPasswordFile, 'utf8')).trim();
    const redis = await openRedis(redisUrl, {
      ...(password !== undefined && { password }),
      onError: ({ message }) => this.log.warn({ reason: message }, 'the Redis of the locks is away'),
    });
    return new SessionLock({ backend: new RedisLocks(redis, keyPrefix), ttlMs: ttlSeconds * 1000 });
  }
}
