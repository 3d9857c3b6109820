import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Redis } from 'ioredis';

import { MemoryLocks, RedisLocks } from '../../client/index.js';
import { describeWithRedis, TestRedis } from '../support/redis.js';

import { neverTwoWriters, type System } from './lock-model.js';

const HOUR_MS = 3_600_000;

/** Locks in memory, whose clock only moves when the test says so. */
function inMemory(): System {
  let now = 0;
  const locks = new MemoryLocks(() => now);
  return Object.assign(locks, { expireAll: async () => void (now += 2 * HOUR_MS) });
}

/** A Redis whose locks expire by command: to whoever asks it is the same as if their time had come. */
function inRedis(redis: Redis): System {
  return Object.assign(new RedisLocks(redis, 'test:'), {
    expireAll: async () => {
      const locks = await redis.keys('test:*:lock');
      if (locks.length > 0) await Promise.all(locks.map((lock) => redis.pexpire(lock, 0)));
    },
  });
}

/** The lock of many a tutorial: no fence, a release that asks nobody, a store that takes whatever comes. */
class NaiveLocks implements System {
  readonly #held = new Map<string, string>();
  readonly #values = new Map<string, string>();
  #grants = 0;

  constructor(readonly mends: { readonly comparesOnRelease?: true; readonly fences?: true } = {}) {}

  async acquire(key: string, owner: string) {
    if (this.#held.has(key)) return undefined;
    this.#held.set(key, owner);
    this.#grants += 1;
    return { fence: this.#grants };
  }

  async renew(key: string, owner: string) {
    return this.#held.get(key) === owner;
  }

  async release(key: string, owner: string) {
    const mine = this.#held.get(key) === owner;
    if (mine || !this.mends.comparesOnRelease) this.#held.delete(key);
    return mine;
  }

  async write(key: string, fence: number, value: string) {
    if (this.mends.fences && fence < this.#grants) return false;
    this.#values.set(key, value);
    return true;
  }

  async read(key: string) {
    return this.#values.get(key);
  }

  async expireAll() {
    this.#held.clear();
  }
}

async function check(system: System, numRuns: number) {
  const { property, parameters } = neverTwoWriters(system, numRuns);
  return fc.check(property, parameters);
}

async function expectNeverTwo(system: System, numRuns: number): Promise<void> {
  const { property, parameters } = neverTwoWriters(system, numRuns);
  await fc.assert(property, parameters);
}

describe('never two holders whose writes are both accepted', () => {
  it('in memory', async () => {
    await expectNeverTwo(inMemory(), 2000);
  });

  it.each([
    ['neither fences nor compares', new NaiveLocks(), /accepted from a former holder|granted to|refused/],
    ['does not fence', new NaiveLocks({ comparesOnRelease: true }), /accepted from a former holder/],
    ['does not compare on release', new NaiveLocks({ fences: true }), /./],
  ])('is more than a lock can promise that %s', async (_, system, wrong) => {
    const result = await check(system, 2000);
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(wrong);
  });
});

describeWithRedis('never two holders whose writes are both accepted, in a real Redis', () => {
  it('holds', async () => {
    const redis = await TestRedis.start();
    await expectNeverTwo(inRedis(await redis.client()), 150);
  });

  it('would be noticed: a release that compares nothing', async () => {
    const redis = await TestRedis.start();
    const client = await redis.client();
    const system = inRedis(client);
    const careless: System = Object.assign(Object.create(system) as System, {
      acquire: system.acquire.bind(system),
      renew: system.renew.bind(system),
      write: system.write.bind(system),
      read: system.read.bind(system),
      expireAll: system.expireAll.bind(system),
      release: async (key: string) => (await client.del(`test:{${key}}:lock`)) === 1,
    });
    expect((await check(careless, 300)).failed).toBe(true);
  });
});
