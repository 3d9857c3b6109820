import type { Redis } from 'ioredis';

import type { FencedStore, Grant, LockBackend } from './backend.js';

/** A fence may be forgotten after this time, in milliseconds: that of the next grant is greater by the clock. */
const FENCE_KEPT_MS = 7 * 24 * 3600 * 1000;

/**
 * Grants a free lock and its fence. The fence is at least the clock of Redis in microseconds, so that it goes on
 * rising when Redis has lost its data, or was failed over to a replica that had not yet heard of the last grant.
 * Asked again by the same owner (a command that was sent twice), it answers the same grant.
 */
const ACQUIRE = `
local holder = redis.call('HMGET', KEYS[1], 'owner', 'fence', 'previous')
if holder[1] then
  if holder[1] == ARGV[1] then return { holder[2], holder[3] } end
  return false
end
local previous = redis.call('GET', KEYS[2])
local time = redis.call('TIME')
local fence = string.format('%.0f', math.max(tonumber(previous or '0') + 1, time[1] * 1000000 + time[2]))
redis.call('SET', KEYS[2], fence, 'PX', math.max(tonumber(ARGV[2]), ${FENCE_KEPT_MS}))
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'fence', fence, 'previous', previous or '')
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { fence, previous or '' }`;

const RENEW = `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`;

const RELEASE = `
if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

/** A fence that is not there any more was lost with the data of Redis: whoever held it must ask again. */
const WRITE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1`;

/** Locks and fenced values in Redis 5 or newer, for an application with several back ends. */
export class RedisLocks implements LockBackend, FencedStore {
  readonly #redis: Redis;
  readonly #prefix: string;

  /** @param prefix begins every key */
  constructor(redis: Redis, prefix = 'copilot-runtimes:') {
    this.#redis = redis;
    this.#prefix = prefix;
  }

  async acquire(key: string, owner: string, ttlMs: number): Promise<Grant | undefined> {
    const granted = (await this.#redis.eval(
      ACQUIRE,
      2,
      this.#key(key, 'lock'),
      this.#key(key, 'fence'),
      owner,
      ttlMs,
    )) as [fence: string, previous: string] | null;
    if (!granted) return undefined;
    const [fence, previous] = granted;
    return { fence: Number(fence), ...(previous !== '' && { previousFence: Number(previous) }) };
  }

  async renew(key: string, owner: string, ttlMs: number): Promise<boolean> {
    return (await this.#redis.eval(RENEW, 1, this.#key(key, 'lock'), owner, ttlMs)) === 1;
  }

  async release(key: string, owner: string): Promise<boolean> {
    return (await this.#redis.eval(RELEASE, 1, this.#key(key, 'lock'), owner)) === 1;
  }

  async write(key: string, fence: number, value: string): Promise<boolean> {
    const keys = [this.#key(key, 'fence'), this.#key(key, 'value')] as const;
    return (await this.#redis.eval(WRITE, 2, ...keys, String(fence), value)) === 1;
  }

  async read(key: string): Promise<string | undefined> {
    return (await this.#redis.get(this.#key(key, 'value'))) ?? undefined;
  }

  /** The braces keep what belongs together on one node of a cluster. */
  #key(key: string, what: string): string {
    return `${this.#prefix}{${key}}:${what}`;
  }
}
