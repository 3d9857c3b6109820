import type { CopilotSession } from '@github/copilot-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';

import { directive } from '../../../topology/stand-in.js';

import { spellings, tryEverything } from './support/attack.js';
import { TestPool } from './support/pool.js';
import type { RawClient } from './support/raw.js';
import { sdkMethods } from './support/sdk-methods.js';

const SECRET = 'the secret of acme';
const BEGINS = ['session.create', 'session.resume'];

// Whole turns on real runtimes: on a busy machine they take their time.
jest.setTimeout(120_000);

let pool: TestPool;
beforeAll(async () => {
  pool = await TestPool.start({ replicas: 2 });
});
afterEach(() => pool.hangUp());
afterAll(() => pool?.close());

const say = async (session: CopilotSession, prompt: string) =>
  (await session.sendAndWait({ prompt }, 20_000))?.data.content;

/** A session of acme with something in it, and what must be true of it after an attack. */
async function victim(sessionId: string) {
  const client = await pool.client('acme');
  const session = await client.createSession(pool.session({ sessionId }));
  await say(session, SECRET);
  const before = await session.getEvents();
  return {
    session,
    async unharmed() {
      const types = async () => (await session.getEvents()).length;
      expect(await types()).toBe(before.length);
      expect(await say(session, directive({ recall: true }))).toContain(SECRET);
      expect((await client.listSessions()).map((each) => each.sessionId)).toContain(sessionId);
    },
  };
}

/** What a connection was told that only acme may know. */
const leaks = ({ received }: RawClient) =>
  [SECRET, 'acme__', pool.directory].filter((word) => received.includes(word));

describe('a tenant', () => {
  it('does nothing to the sessions of another, whatever method of the SDK it calls', async () => {
    const { unharmed } = await victim('victim');
    const intruder = await pool.raw('globex');
    const methods = sdkMethods().filter((method) => !BEGINS.includes(method));
    const tries = await tryEverything(
      intruder,
      methods,
      [...spellings('victim', 'acme'), 'absent'],
      pool.options,
    );
    expect(tries.length).toBeGreaterThan(4000);
    // Its own words come back to it, but nothing else does.
    const own = tries.filter(({ sessionId }) => sessionId.includes('acme__')).length;
    expect(intruder.received.split('acme__').length - 1).toBeLessThanOrEqual(own);
    expect(leaks(intruder).filter((word) => word !== 'acme__')).toEqual([]);

    // A session of another tenant is one that is not there: in every answer, but for the id that was asked for.
    const told = ({ answer, sessionId }: (typeof tries)[number]) =>
      JSON.stringify(answer)
        .replaceAll(sessionId, 'ID')
        .replace(/"(id|timestamp)":("[^"]*"|\d+)/g, '');
    const of = (id: string) => tries.filter(({ sessionId }) => sessionId === id).map(told);
    expect(of('victim')).toEqual(of('absent'));
    await unharmed();
  });

  it('finds that of another no sooner and no later than one that is not there', async () => {
    await victim('victim-2');
    const intruder = await pool.raw('globex');
    const times = { 'victim-2': [] as number[], 'absent-2': [] as number[] };
    for (let round = 0; round < 60; round++) {
      for (const sessionId of ['victim-2', 'absent-2'] as const) {
        const begun = performance.now();
        await intruder.call('session.getMetadata', { sessionId });
        times[sessionId].push(performance.now() - begun);
      }
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
    expect(Math.abs(median(times['victim-2']) - median(times['absent-2']))).toBeLessThan(5);
  });

  it('may have a session of the same id as another, which is its own', async () => {
    const { unharmed } = await victim('same');
    const other = await pool.client('globex');
    const session = await other.createSession(pool.session({ sessionId: 'same' }));
    expect(await say(session, directive({ recall: true }))).not.toContain(SECRET);
    expect((await other.listSessions()).map(({ sessionId }) => sessionId)).toEqual(['same']);
    expect(await other.getLastSessionId()).toBe('same');
    await session.disconnect();
    await other.deleteSession('same');
    await unharmed();
  });

  it('hears of its own sessions only', async () => {
    const intruder = await pool.raw('globex');
    const neighbour = await pool.raw('acme');
    await victim('heard');
    // An answer comes after everything that was said before it.
    await Promise.all([intruder, neighbour].map((client) => client.call('ping')));
    expect(intruder.notifications.filter(({ method }) => method !== '$/a')).toEqual([]);
    const heard = neighbour.notifications.filter(({ method }) => method !== '$/a');
    expect(new Set(heard.map(({ method }) => method))).toEqual(new Set(['session.lifecycle']));
    expect(JSON.stringify(heard)).toContain('"sessionId":"heard"');
  });

  it('answers no request of another session, not even of its own', async () => {
    const owner = await pool.raw('acme');
    const tool = { name: 't1', description: 'x', parameters: { type: 'object' }, skipPermission: true };
    for (const sessionId of ['asked', 'other']) {
      const { error } = await owner.call('session.create', { ...pool.options, sessionId, tools: [tool] });
      expect(error).toBeUndefined();
    }
    const prompt = directive({ call: { tool: 't1' } });
    await owner.call('session.send', { sessionId: 'asked', prompt });
    const requestId = await requestOf(owner);
    const answer = (sessionId: string) =>
      owner.call('session.tools.handlePendingToolCall', { sessionId, requestId, result: 'r' });
    expect((await answer('other')).result).toEqual({ success: false });
    // The negative twin: the runtime itself takes it, and so does the gateway for the session that was asked.
    expect((await answer('asked')).result).toMatchObject({ success: true });
  });

  it('attaches to no session by creating it, and to none that another connection has', async () => {
    const { session, unharmed } = await victim('mine');
    const second = await pool.client('acme');
    await expect(second.createSession(pool.session({ sessionId: 'mine' }))).rejects.toThrow(
      'another connection',
    );
    await expect(second.resumeSession('mine', pool.session())).rejects.toThrow('disconnect it there first');
    await unharmed();
    await session.disconnect();
    await expect(second.createSession(pool.session({ sessionId: 'mine' }))).rejects.toThrow('exists already');
    const resumed = await second.resumeSession('mine', pool.session());
    expect(await say(resumed, directive({ recall: true }))).toContain(SECRET);
  });
});

async function requestOf(client: RawClient): Promise<string> {
  for (;;) {
    for (const { params } of client.notifications) {
      const { type, data } =
        (params as { event?: { type?: string; data?: { requestId?: string } } })?.event ?? {};
      if (type === 'external_tool.requested' && data?.requestId !== undefined) return data.requestId;
    }
    await client.call('ping');
  }
}

describe('the attack', () => {
  it('succeeds where there is no gateway', async () => {
    await victim('open');
    const found: string[] = [];
    for (const { port, token } of pool.runtimes) {
      const intruder = await pool.open(port, token);
      await tryEverything(intruder, ['session.list', 'session.getMessages'], spellings('open', 'acme'), {});
      found.push(...leaks(intruder));
    }
    expect(found).toEqual(expect.arrayContaining([SECRET, 'acme__']));
  });
});
