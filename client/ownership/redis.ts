import type { Redis } from 'ioredis';

import type { OwnershipStore } from './store.js';

const CLAIM = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX') then return 1 end
return redis.call('GET', KEYS[1]) == ARGV[1] and 1 or 0`;

const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** Owners in Redis, for an application with several back ends. Kept until they are released. */
export class RedisOwnershipStore implements OwnershipStore {
  readonly #redis: Redis;
  readonly #prefix: string;

  /** @param prefix begins every key */
  constructor(redis: Redis, prefix = 'copilot-runtimes:') {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async claim(sessionId: string, owner: string): Promise<boolean> {
    return (await this.#redis.eval(CLAIM, 1, this.#key(sessionId), owner)) === 1;
  }

  async ownerOf(sessionId: string): Promise<string | undefined> {
    return (await this.#redis.get(this.#key(sessionId))) ?? undefined;
  }

  async release(sessionId: string, owner: string): Promise<boolean> {
    return (await this.#redis.eval(RELEASE, 1, this.#key(sessionId), owner)) === 1;
  }

  #key(sessionId: string): string {
    return `${this.#prefix}{${sessionId}}:owner`;
  }
}
