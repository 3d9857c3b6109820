import type { CopilotSession } from '@github/copilot-sdk';
import { afterEach, expect, it } from '@jest/globals';

import { directive } from '../../../topology/stand-in.js';
import { describeWithRedis, TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait.js';

import { TestPool } from './support/pool.js';

let pool: TestPool | undefined;
afterEach(() => pool?.close());

/** Two replicas that keep their sessions in one directory, under the locks of a Redis. */
async function start(ttlSeconds = 1): Promise<{ pool: TestPool; redis: TestRedis }> {
  const redis = await TestRedis.start();
  pool = await TestPool.start({
    replicas: 2,
    sharedSessions: true,
    config: {
      replicaWaitSeconds: 3,
      sharedStorage: { redisUrl: redis.url, keyPrefix: 'test:', ttlSeconds },
    },
  });
  return { pool, redis };
}

const say = async (session: CopilotSession, prompt: string) =>
  (await session.sendAndWait({ prompt }, 10_000))?.data.content;

const remembered = async (session: CopilotSession) =>
  JSON.parse((await say(session, directive({ recall: true }))) ?? '[]') as string[];

/** Number of the replica that has a session attached, by what the gateway counts. */
async function replicaOf(pool: TestPool): Promise<number> {
  const { text } = await pool.gateway.get('/metrics');
  return Number(/_sessions\{[^}]*replica="pool\/(\d)"\} 1/.exec(text)?.[1]);
}

describeWithRedis('replicas that share their storage', () => {
  it('take over the sessions of one that died, with whole histories, once their locks have run out', async () => {
    const { pool } = await start();
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    const home = await replicaOf(pool);
    const died = performance.now();
    await pool.runtimes[home]!.kill();

    const again = await client.resumeSession('s', pool.session());
    // A replica that only cannot be reached has as long to notice.
    expect(performance.now() - died).toBeGreaterThan(500);
    expect(await replicaOf(pool)).toBe(1 - home);
    expect((await remembered(again))[0]).toBe('one');
    // Nobody waits for the dead one, which has nothing that the other has not.
    expect((await client.listSessions()).map(({ sessionId }) => sessionId)).toEqual(['s']);
  });

  it('have a session attached through one gateway at a time, which finds what the other wrote', async () => {
    const { pool } = await start();
    const [first, second] = [
      await pool.client('acme'),
      await pool.client('acme', await pool.startGateway()),
    ] as const;
    const session = await first.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    pool.writeConfig({ replicaWaitSeconds: 0 });
    await waitFor('the configuration', () =>
      pool.gateways.every(({ output }) => output.includes('the configuration has changed')),
    );

    await expect(second.resumeSession('s', pool.session())).rejects.toThrow(
      'session s is in use through another gateway',
    );
    await expect(second.createSession(pool.session({ sessionId: 's' }))).rejects.toThrow('is in use');
    await expect(second.deleteSession('s')).rejects.toThrow('is in use');
    await session.disconnect();
    const there = await second.resumeSession('s', pool.session());
    expect((await remembered(there))[0]).toBe('one');
    await there.disconnect();
    await first.deleteSession('s');
    expect(await second.getSessionMetadata('s')).toBeUndefined();
  });

  it('without locks would answer in one session twice', async () => {
    pool = await TestPool.start({ replicas: 2, sharedSessions: true });
    const first = await pool.client('acme');
    const second = await pool.client('acme', await pool.startGateway());
    await say(await first.createSession(pool.session({ sessionId: 's' })), 'one');
    await expect(second.resumeSession('s', pool.session())).resolves.toBeDefined();
  });

  it('let go of a session whose lock was lost, and tell its owner', async () => {
    const { pool, redis } = await start();
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    const errors: string[] = [];
    session.on('session.error', ({ data }) => void errors.push(data.message));
    await redis.kill();

    await waitFor('word of it', () => errors.length > 0);
    expect(errors).toEqual(['the lock of this session was lost: resume the session']);
    await expect(session.send({ prompt: 'two' })).rejects.toThrow('its lock: resume it');
    await expect(client.resumeSession('s', pool.session())).rejects.toThrow(
      'the locks of sessions cannot be used at the moment',
    );
    await redis.start();
    await waitFor('the way to Redis', async () => (await (await redis.client()).ping()) === 'PONG');
    const again = await waitFor('the session', () =>
      client.resumeSession('s', pool.session()).catch(() => undefined),
    );
    expect((await remembered(again!))[0]).toBe('one');
  });
});
