import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';

import {
  LockBusyError,
  LockLostError,
  LockUnavailableError,
  MemoryLocks,
  openRedis,
  RedisLocks,
  SessionLock,
  type LockBackend,
} from '../../client/index.js';
import { describeWithRedis, TestRedis } from '../support/redis.js';

const ID = 'acme_alice__1';

describe('a session lock within one process', () => {
  it('serialises the work on a session, and not that on others', async () => {
    const lock = new SessionLock();
    const order: string[] = [];
    const work = (id: string, name: string) =>
      lock.with(id, async () => {
        order.push(`${name} begins`);
        await delay(30);
        order.push(`${name} ends`);
      });
    await Promise.all([work(ID, 'a'), work(ID, 'b'), work('other', 'c')]);
    expect(order.slice(0, 2).sort()).toEqual(['a begins', 'c begins']);
    expect(order.filter((said) => !said.startsWith('c'))).toEqual([
      'a begins',
      'a ends',
      'b begins',
      'b ends',
    ]);
  });

  it('says when somebody else holds it for too long, and is free after its release', async () => {
    const lock = new SessionLock({ waitMs: 50 });
    const lease = await lock.acquire(ID);
    await expect(lock.acquire(ID)).rejects.toThrow(LockBusyError);
    await expect(lock.acquire(ID, 0)).rejects.toThrow(/acme_alice__1 is in use: .* for 0 ms/);
    await expect(lease.release()).resolves.toBe(true);
    const next = await lock.acquire(ID);
    expect(next.fence).toBeGreaterThan(lease.fence);
    expect(next.previousFence).toBe(lease.fence);
    await next.release();
  });

  it('that lapses is nobody’s until it expires, whoever gives it back', async () => {
    let now = 0;
    const lock = new SessionLock({ backend: new MemoryLocks(() => now), ttlMs: 1000, waitMs: 0 });
    const lease = await lock.acquire(ID);
    lease.lapse();
    await expect(lease.release()).resolves.toBe(false);
    now = 999;
    await expect(lock.acquire(ID)).rejects.toThrow(LockBusyError);
    now = 1001;
    await (await lock.acquire(ID)).release();
  });

  it('is free again when its holder fails', async () => {
    const lock = new SessionLock({ waitMs: 0 });
    await expect(lock.with(ID, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(lock.with(ID, async () => 'fine')).resolves.toBe('fine');
  });

  it('is renewed for as long as it is held', async () => {
    const backend = new MemoryLocks();
    const renewals = new EventEmitter();
    const watched: LockBackend = {
      acquire: backend.acquire.bind(backend),
      release: backend.release.bind(backend),
      renew: async (...parameters) => {
        const renewed = await backend.renew(...parameters);
        renewals.emit('renewed');
        return renewed;
      },
    };
    const lock = new SessionLock({ backend: watched, ttlMs: 900, waitMs: 0 });
    const lease = await lock.acquire(ID);
    for (let n = 0; n < 4; n += 1) await once(renewals, 'renewed');
    expect(lease.signal.aborted).toBe(false);
    await expect(lock.acquire(ID)).rejects.toThrow(LockBusyError);
    await lease.release();
  });

  it('tells its holder when it is lost, who then does not get his result', async () => {
    const backend = new MemoryLocks();
    const lock = new SessionLock({ backend, ttlMs: 150 });
    let owner = '';
    const spied: LockBackend = {
      acquire: (key, by, ttl) => backend.acquire(key, (owner = by), ttl),
      renew: backend.renew.bind(backend),
      release: backend.release.bind(backend),
    };
    const work = new SessionLock({ backend: spied, ttlMs: 150 }).with(ID, async ({ signal }) => {
      // As an operator, or a Redis that lost its data, would take it away.
      await backend.release(ID, owner);
      const other = await lock.acquire(ID);
      await once(signal, 'abort');
      await other.release();
      return 'a result that nobody may use';
    });
    await expect(work).rejects.toThrow(LockLostError);
    await expect(work).rejects.toThrow(/was lost \(somebody else has it.*write nothing more/);
  });

  it('is lost to a process that slept for longer than it lives, whatever the backend would say', async () => {
    const always: LockBackend = {
      acquire: async () => ({ fence: 1 }),
      renew: () => new Promise(() => undefined),
      release: async () => true,
    };
    const lease = await new SessionLock({ backend: always, ttlMs: 120 }).acquire(ID);
    await once(lease.signal, 'abort');
    expect(String(lease.signal.reason)).toMatch(/it expired/);
  });

  it.each([{ ttlMs: 10 }, { ttlMs: Number.NaN }, { waitMs: -1 }])('refuses %j', (options) => {
    expect(() => new SessionLock(options)).toThrow(RangeError);
  });

  it('forgets old locks, and never gives out a fence again', async () => {
    const locks = new MemoryLocks();
    const first = await locks.acquire('first', 'me', 1000);
    await locks.release('first', 'me');
    for (let n = 0; n < 10_050; n += 1) {
      await locks.acquire(`n-${n}`, 'me', 1000);
      await locks.release(`n-${n}`, 'me');
    }
    const again = await locks.acquire('first', 'me', 1000);
    expect(again).not.toHaveProperty('previousFence');
    expect(again!.fence).toBeGreaterThan(first!.fence);
  });
});

describeWithRedis('a session lock in a real Redis', () => {
  it('is one lock for several back ends, and expires with its holder', async () => {
    const redis = await TestRedis.start();
    const [one, two] = [new RedisLocks(await redis.client()), new RedisLocks(await redis.client())];
    // A holder that dies neither renews nor releases.
    const dead = await one.acquire(ID, 'dead', 300);
    const waiting = new SessionLock({ backend: two, waitMs: 0 });
    await expect(waiting.acquire(ID)).rejects.toThrow(LockBusyError);
    const lease = await waiting.acquire(ID, 5000);
    expect(lease.fence).toBeGreaterThan(dead!.fence);
    await expect(one.write(ID, dead!.fence, 'late')).resolves.toBe(false);
    await expect(two.write(ID, lease.fence, 'good')).resolves.toBe(true);
    await expect(one.read(ID)).resolves.toBe('good');
    await expect(one.release(ID, 'dead')).resolves.toBe(false);
    await lease.release();
  });

  it('answers the same grant to a command that was sent twice', async () => {
    const locks = new RedisLocks(await (await TestRedis.start()).client());
    const grant = await locks.acquire(ID, 'me', 1000);
    await expect(locks.acquire(ID, 'me', 1000)).resolves.toEqual(grant);
    await expect(locks.acquire(ID, 'you', 1000)).resolves.toBeUndefined();
  });

  it('lasts through a Redis that is killed and restarted in mid-lock: one writer, and fences that rise', async () => {
    const redis = await TestRedis.start();
    const client = await redis.client();
    const locks = new RedisLocks(client);
    const lock = new SessionLock({ backend: locks, ttlMs: 3000 });
    const before = await lock.acquire(ID);
    await expect(locks.write(ID, before.fence, 'before')).resolves.toBe(true);

    const lost = once(before.signal, 'abort');
    await redis.kill();
    await expect(lock.acquire('other')).rejects.toThrow(LockUnavailableError);
    const back = once(client, 'ready');
    await redis.start();
    // Whoever comes next gets the lock, for Redis knows nothing any more …
    const next = new SessionLock({ backend: new RedisLocks(await redis.client()) });
    const after = await next.acquire(ID);
    expect(after.fence).toBeGreaterThan(before.fence);
    // … and the former holder is told, and may not write even before that.
    await back;
    await expect(locks.write(ID, after.fence, 'after')).resolves.toBe(true);
    await expect(locks.write(ID, before.fence, 'late')).resolves.toBe(false);
    await lost;
    expect(before.signal.reason).toBeInstanceOf(LockLostError);
    await expect(before.release()).resolves.toBe(false);
    await expect(locks.read(ID)).resolves.toBe('after');
    await after.release();
  });

  it('refuses writes of a holder whose fence was lost with Redis, even when nobody came after', async () => {
    const redis = await TestRedis.start();
    const client = await redis.client();
    const locks = new RedisLocks(client);
    const grant = await locks.acquire(ID, 'me', 60_000);
    await client.flushall();
    await expect(locks.write(ID, grant!.fence, 'late')).resolves.toBe(false);
  });

  it('says what is wrong when there is no Redis', async () => {
    const redis = await TestRedis.start();
    await redis.kill();
    const opening = openRedis(redis.url.replace('//', '//:secret-word@'));
    await expect(opening).rejects.toThrow(
      /cannot use Redis at 127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*see that it runs/,
    );
    await expect(opening).rejects.not.toThrow(/secret-word/);
  });
});
