import { defineTool, type CopilotSession, type SessionEvent } from '@github/copilot-sdk';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { SessionManager } from '../../../client/index.js';
import { drainSession } from '../../../topology/pool-contract.js';
import { directive } from '../../../topology/stand-in.js';
import { describeWithRedis, TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait.js';

import { TestPool, type PoolProps } from './support/pool.js';
import type { RawClient } from './support/raw.js';

// Whole turns on several runtimes: on a busy machine they take their time.
jest.setTimeout(120_000);

let pool: TestPool;
afterEach(() => pool?.close());

/** Two replicas, in turn: the first session is at home on the first one. */
async function start(props: PoolProps = {}): Promise<void> {
  pool = await TestPool.start({ replicas: 2, ...props, config: { routing: 'roundRobin', ...props.config } });
  for (const replica of ['pool/0', 'pool/1']) {
    await waitFor(`${replica} to be up`, () => metric(`replica_up{replica="${replica}"} 1`));
  }
}

/** Says as the host of a replica that it drains. The connection must stay, as that of a host does. */
async function drain(replica: number): Promise<RawClient> {
  const { port, token } = pool.runtimes[replica]!;
  const host = await pool.open(port, token);
  const { error } = await host.call('session.create', {
    ...pool.options,
    sessionId: drainSession(`pool/${replica}`),
  });
  expect(error).toBeUndefined();
  await waitFor('the gateway to hear of it', () => metric(`replica_draining{replica="pool/${replica}"} 1`));
  return host;
}

async function metric(line: string): Promise<boolean> {
  return (await pool.gateway.get('/metrics')).text.includes(`copilot_gateway_${line}`);
}

/** Waits until none of a tenant's sessions is attached at a replica. */
const letGo = (replica: number) =>
  waitFor('the gateway to let go', () => metric(`sessions{tenant="acme",replica="pool/${replica}"} 0`));

async function replace(replica: number): Promise<void> {
  await pool.runtimes[replica]!.kill();
  await pool.runtimes[replica]!.start();
}

const say = async (session: CopilotSession, prompt: string) =>
  (await session.sendAndWait({ prompt }, 20_000))?.data.content;

const remembered = async (session: CopilotSession) =>
  JSON.parse((await say(session, directive({ recall: true }))) ?? '[]') as string[];

const slow = (chunks: number) => directive({ stream: { chunks, intervalMs: 50 } });

const settled = (promise: Promise<unknown>) => {
  let is = false;
  const note = () => (is = true);
  promise.then(note, note);
  return () => is;
};

describe('a replica that is about to be replaced', () => {
  it('finishes what runs, begins nothing, and its sessions go on when it is back, for their owners without a break', async () => {
    // However long the replacement takes here, nobody gives up waiting for it.
    await start({ config: { replicaWaitSeconds: 60 } });
    const client = await pool.client('acme');
    const calls: unknown[] = [];
    const tools = [defineTool('lookup', { description: 'x', handler: (args) => void calls.push(args) })];
    const session = await client.createSession(pool.session({ sessionId: 's', tools }));
    await say(session, 'one');
    const events: SessionEvent[] = [];
    session.on((event) => void events.push(event));

    const running = say(session, slow(12));
    await waitFor('the turn to run', () => events.some(({ type }) => type === 'assistant.turn_start'));
    await drain(0);
    const next = session.send({ prompt: directive({ call: { tool: 'lookup', arguments: { id: '7' } } }) });
    const isBegun = settled(next);
    expect(await running).toContain('chunk 12 of 12');
    await letGo(0);
    // Questions are answered meanwhile, and new sessions have their place elsewhere.
    expect((await client.listSessions()).map(({ sessionId }) => sessionId)).toEqual(['s']);
    for (const sessionId of ['n1', 'n2']) {
      await say(await client.createSession(pool.session({ sessionId })), 'hello');
    }
    expect(await metric('sessions{tenant="acme",replica="pool/1"} 2')).toBe(true);
    expect(isBegun()).toBe(false);

    await replace(0);
    await next;
    const ends = () => events.filter(({ type }) => type === 'session.idle').length;
    await waitFor('the end of the next turn', () => ends() === 2);
    // It has its tools again, and its history.
    expect(calls).toEqual([{ id: '7' }]);
    expect(await remembered(session)).toHaveLength(4);
    const types = events.map(({ type }) => type);
    expect(types.filter((type) => /^session\.(error|resume|shutdown|start)$/.test(type))).toEqual([]);
    expect(await metric('moved_sessions_total{replica="pool/0"} 1')).toBe(true);
  });

  it('is waited for only so long, and the session is unavailable, never absent; it goes on later', async () => {
    await start({ config: { replicaWaitSeconds: 1 } });
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    await drain(0);
    const refusal = {
      code: -32012,
      message: expect.stringContaining('is being replaced: try again later') as unknown,
      data: { kind: 'unavailable', retriable: true },
    };
    await expect(session.send({ prompt: 'two' })).rejects.toMatchObject(refusal);
    await expect(session.getEvents()).rejects.toMatchObject(refusal);
    await replace(0);
    await waitFor('the replica', () => metric('replica_draining{replica="pool/0"} 0'));
    expect(await say(session, 'three')).toBe('stand-in reply to: three');
    expect(await remembered(session)).toEqual(['one', 'three', directive({ recall: true })]);
  });

  it('is noticed by a gateway that starts meanwhile', async () => {
    await start({ config: { replicaWaitSeconds: 1 } });
    await drain(0);
    const late = await pool.startGateway();
    await waitFor('it to know of both', async () => {
      const { text } = await late.get('/metrics');
      return ['0', '1'].every((n) => text.includes(`replica_up{replica="pool/${n}"} 1`));
    });
    const client = await pool.client('acme', late);
    for (const sessionId of ['n1', 'n2', 'n3']) {
      await say(await client.createSession(pool.session({ sessionId })), 'hello');
    }
    const { text } = await late.get('/metrics');
    expect(text).toContain('copilot_gateway_sessions{tenant="acme",replica="pool/1"} 3');
  });
});

describe('a session whose replica is replaced', () => {
  it('begins no turn that was stopped while it waited', async () => {
    await start();
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    await drain(0);
    await letGo(0);
    const waiting = session.send({ prompt: 'two' });
    // On the same connection, and so behind it.
    await client.ping('x');
    await session.abort();
    await expect(waiting).rejects.toThrow('stopped before it had begun');
    await replace(0);
    await say(session, 'three');
    expect(await remembered(session)).toEqual(['one', 'three', directive({ recall: true })]);
  });

  it('keeps what was set in it since it was created', async () => {
    await start();
    const raw = await pool.raw('acme');
    const call = async (method: string, params: object = {}) => {
      const { result, error } = await raw.call(method, { sessionId: 's', ...params });
      expect(error).toBeUndefined();
      return result;
    };
    await call('session.create', pool.options);
    await call('session.send', { prompt: 'one' });
    await waitFor('the end of the turn', () => raw.received.includes('"session.idle"'));
    const before = await call('session.model.getCurrent');
    await call('session.model.switchTo', { modelId: 'another' });
    await call('session.name.set', { name: 'named' });
    await drain(0);
    await letGo(0);
    await replace(0);
    expect(await call('session.model.getCurrent')).toMatchObject({ modelId: 'another' });
    expect(before).not.toMatchObject({ modelId: 'another' });
    expect(await call('session.name.get')).toMatchObject({ name: 'named' });
  });

  it('goes elsewhere at once as long as it is new', async () => {
    await start();
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await drain(0);
    expect(await say(session, 'one')).toBe('stand-in reply to: one');
    expect(await metric('moved_sessions_total{replica="pool/1"} 1')).toBe(true);
    expect(await remembered(session)).toEqual(['one', directive({ recall: true })]);
  });

  it('can be resumed anew by its owner, and let go', async () => {
    await start();
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    await drain(0);
    await letGo(0);
    const again = client.resumeSession('s', pool.session());
    await replace(0);
    expect(await remembered(await again)).toContain('one');
    await drain(0);
    await letGo(0);
    await (await again).disconnect();
    await replace(0);
    const elsewhere = await (await pool.client('acme')).resumeSession('s', pool.session());
    expect(await remembered(elsewhere)).toContain('one');
  });

  it('that cannot go on is lost to its owner, who is told to resume it, which the library does', async () => {
    await start();
    const manager = new SessionManager({
      connect: () => pool.client('acme'),
      settings: () => pool.session(),
    });
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    await say(await client.createSession(pool.session({ sessionId: 'elsewhere' })), 'x');
    await manager.turn('managed', 'one');
    await drain(0);
    await letGo(0);
    // Somebody has taken their histories away meanwhile.
    const direct = await pool.direct(0);
    for (const id of ['s', 'managed']) await direct.deleteSession(`acme__${id}`);
    await replace(0);
    await expect(session.send({ prompt: 'two' })).rejects.toMatchObject({
      code: -32012,
      message: expect.stringMatching(/could not go on .*Session not found.*: resume it/) as unknown,
    });
    await expect(client.resumeSession('s', pool.session())).rejects.toThrow('Session not found: s');
    const answer = await manager.turn('managed', 'two');
    await manager.close();
    expect(answer?.data.content).toBe('stand-in reply to: two');
  });
});

describeWithRedis('a replica that is about to be replaced, with shared storage', () => {
  it('hands its sessions over to another one, which does not wait for it', async () => {
    const redis = await TestRedis.start();
    const sharedStorage = { redisUrl: redis.url, keyPrefix: 'test:', ttlSeconds: 5 };
    await start({ sharedSessions: true, config: { sharedStorage, replicaWaitSeconds: 2 } });
    const session = await (await pool.client('acme')).createSession(pool.session({ sessionId: 's' }));
    await say(session, 'one');
    await drain(0);
    // As its host waits for it.
    await letGo(0);
    await pool.runtimes[0]!.kill();
    expect(await say(session, 'two')).toBe('stand-in reply to: two');
    expect(await metric('moved_sessions_total{replica="pool/1"} 1')).toBe(true);
    expect(await remembered(session)).toEqual(['one', 'two', directive({ recall: true })]);
  });
});
