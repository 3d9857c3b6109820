import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { directive } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';

import { TestPool, type PoolProps } from './support/pool.js';

// Whole turns on real runtimes: on a busy machine they take their time.
jest.setTimeout(120_000);

let pool: TestPool | undefined;
afterEach(() => pool?.close());

async function start(props: PoolProps): Promise<TestPool> {
  pool = await TestPool.start(props);
  return pool;
}

const SLOW = { prompt: directive({ stream: { chunks: 400, intervalMs: 50 } }) };
const overLimit = (what: string) => ({ code: -32011, message: expect.stringContaining(what) });

describe('a limit of a tenant', () => {
  it('of connections, sessions and turns is told clearly, and leaves room again once there is some', async () => {
    const limits = { connections: 2, sessions: 2, turns: 1 };
    const pool = await start({ tenants: { acme: { limits }, globex: {} } });
    const client = await pool.client('acme');
    const second = await pool.client('acme');
    await expect(pool.client('acme')).rejects.toMatchObject(overLimit('connections are at their limit of 2'));
    await second.forceStop();
    await waitFor('room', () =>
      pool.client('acme').then(
        () => true,
        () => false,
      ),
    );

    const create = (sessionId: string) => client.createSession(pool.session({ sessionId }));
    const [one, two] = [await create('s1'), await create('s2')];
    await expect(create('s3')).rejects.toMatchObject(overLimit('sessions are at their limit of 2'));
    await one.send(SLOW);
    await expect(two.send({ prompt: 'x' })).rejects.toMatchObject(overLimit('turns are at their limit of 1'));

    // Another tenant is not at anybody's limit.
    const other = await (await pool.client('globex')).createSession(pool.session());
    await expect(other.sendAndWait({ prompt: 'x' }, 20_000)).resolves.toBeDefined();

    const idle = new Promise<void>((resolve) => void one.on('session.idle', () => resolve()));
    await one.abort();
    await idle;
    await expect(two.sendAndWait({ prompt: 'x' }, 20_000)).resolves.toBeDefined();
    await one.disconnect();
    await expect(create('s3')).resolves.toBeDefined();
  });

  it('of the size of a message ends the connection that breaks it', async () => {
    const pool = await start({ tenants: { acme: { limits: { frameMiB: 1 } } } });
    const client = await pool.raw('acme');
    expect((await client.call('ping', { message: 'x'.repeat(900_000) })).error).toBeUndefined();
    client.write(`Content-Length: ${1024 * 1024 + 1}\r\n\r\n`);
    await client.closed;
    expect(client.received).toContain('1048576 are allowed');
    // The line comes by another way than the answer.
    await waitFor('the line of the audit', () => pool.gateway.output.includes('"audit":"cut-off"'));
  });

  it('of calls slows the tenant down, and only it', async () => {
    const pool = await start({ tenants: { acme: { limits: { callsPerSecond: 50 } }, globex: {} } });
    const [noisy, other] = [await pool.raw('acme'), await pool.raw('globex')];
    const begun = performance.now();
    const flood = Promise.all(Array.from({ length: 200 }, () => noisy.call('ping')));
    const waits: number[] = [];
    for (let n = 0; n < 20; n++) {
      const asked = performance.now();
      await other.call('ping');
      waits.push(performance.now() - asked);
    }
    // 200 calls at 50 a second, less a burst of two seconds' worth.
    await flood;
    await noisy.call('ping');
    expect(performance.now() - begun).toBeGreaterThan(1500);
    expect(waits.sort((a, b) => a - b)[10]).toBeLessThan(500);
  });

  it('of what waits for a slow reader ends that reader, and nobody else', async () => {
    const pool = await start({ tenants: { acme: { limits: { bufferMiB: 1 } }, globex: {} } });
    const [slow, other] = [await pool.raw('acme'), await pool.raw('globex')];
    slow.socket.pause();
    const message = 'x'.repeat(100_000);
    const flood = async () => {
      while (!pool.gateway.output.includes('it reads too slowly')) {
        slow.call('ping', { message }).catch(() => undefined);
        await other.call('ping');
      }
    };
    await flood();
    expect((await other.call('ping')).error).toBeUndefined();
  });

  it('of a replica is heeded, whoever has its sessions', async () => {
    const pool = await start({ config: { sessionsPerReplica: 1 } });
    const first = await pool.client('acme');
    const session = await first.createSession(pool.session());
    const second = await pool.client('globex');
    const create = () => second.createSession(pool.session());
    await expect(create()).rejects.toMatchObject(overLimit('every replica has its 1 sessions'));
    await session.disconnect();
    await expect(create()).resolves.toBeDefined();
  });
});

describe('a gateway that stops', () => {
  it('lets turns finish, begins none, and then detaches its sessions', async () => {
    const pool = await start({ replicas: 1 });
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    const idle = await client.createSession(pool.session({ sessionId: 'idle' }));
    const turn = session.sendAndWait(
      { prompt: directive({ stream: { chunks: 40, intervalMs: 25 } }) },
      20_000,
    );
    await waitFor('the turn', async () =>
      (await pool.gateway.get('/metrics')).text.includes('turns{tenant="acme"} 1'),
    );
    expect((await pool.gateway.get('/readyz')).status).toBe(200);
    pool.gateway.signal('SIGTERM');
    await pool.gateway.said('stopping');
    expect((await pool.gateway.get('/readyz')).status).toBe(503);
    expect((await pool.gateway.get('/livez')).status).toBe(200);
    await expect(idle.send({ prompt: 'x' })).rejects.toMatchObject({ code: -32000 });
    await expect(client.createSession(pool.session())).rejects.toMatchObject({ code: -32000 });
    await expect(pool.raw('acme')).rejects.toThrow();
    expect((await turn)?.data.content).toContain('chunk 40 of 40');
    expect(await pool.gateway.exited).toBe(0);
    const resumed = await (
      await pool.client('acme', await pool.startGateway())
    ).resumeSession('s', pool.session());
    expect(await resumed.getEvents()).not.toHaveLength(0);
    await client.forceStop();
  });

  it('does not wait longer than it should', async () => {
    const pool = await start({ replicas: 1, config: { drainSeconds: 1 } });
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session());
    await session.send(SLOW);
    const begun = performance.now();
    pool.gateway.signal('SIGTERM');
    expect(await pool.gateway.exited).toBe(0);
    expect(performance.now() - begun).toBeGreaterThan(900);
    expect(performance.now() - begun).toBeLessThan(20_000);
    await client.forceStop();
  });
});
