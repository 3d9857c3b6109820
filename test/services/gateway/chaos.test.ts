import type { CopilotSession } from '@github/copilot-sdk';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import pTimeout from 'p-timeout';

import { directive } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';

import { TestPool, type PoolProps } from './support/pool.js';

// Whole turns on several runtimes: on a busy machine they take their time.
jest.setTimeout(120_000);

let pool: TestPool | undefined;
afterEach(() => pool?.close());

async function start(props: PoolProps): Promise<TestPool> {
  pool = await TestPool.start(props);
  return pool;
}

/** Longest wait of a caller: whatever happens, it hears something by then. */
const DEADLINE_MS = 20_000;

const SLOW = directive({ stream: { chunks: 200, intervalMs: 50 } });

/** The SDK's own deadline begins once the call is answered, which never happens when it meets the kill. */
const say = (session: CopilotSession, prompt: string, deadlineMs = DEADLINE_MS) =>
  pTimeout(session.sendAndWait({ prompt }, deadlineMs), { milliseconds: deadlineMs + 1000 });

/** Turns one after another until told to stop; what became of each. */
function load(session: CopilotSession, name: string, deadlineMs = DEADLINE_MS) {
  const done: string[] = [];
  const errors: string[] = [];
  let stopped = false;
  const run = (async () => {
    for (let n = 0; !stopped; n++) {
      const prompt = `${name}-${n}`;
      try {
        await say(session, prompt, deadlineMs);
        done.push(prompt);
      } catch (error) {
        errors.push((error as Error).message);
        return;
      }
    }
  })();
  return { done, errors, stop: () => (stopped = true), run };
}

const remembered = async (session: CopilotSession) =>
  JSON.parse((await say(session, directive({ recall: true })))?.data.content ?? '[]') as string[];

describe('a replica that is killed', () => {
  it('costs no finished turn, is heard of at once, and takes nothing else along', async () => {
    const pool = await start({ replicas: 2, config: { routing: 'roundRobin', replicaWaitSeconds: 60 } });
    const client = await pool.client('acme');
    const ids = ['s0', 's1', 's2', 's3'];
    const sessions = await Promise.all(
      ids.map((sessionId) => client.createSession(pool.session({ sessionId }))),
    );
    const loads = sessions.map((session, n) => load(session, `s${n}`));
    await waitFor('some turns', () => loads.every(({ done }) => done.length > 1));
    // By turns: two sessions on each replica.
    const [victim] = pool.runtimes;
    const killedAt = performance.now();
    await victim!.kill();

    const lost = loads.filter(({ errors }) => errors.length > 0);
    await waitFor(
      'those that waited to hear of it',
      () => loads.filter(({ errors }) => errors.length > 0).length === 2,
    );
    expect(performance.now() - killedAt).toBeLessThan(5000);
    expect(lost.length).toBeLessThanOrEqual(2);
    const errors = loads.flatMap(({ errors }) => errors);
    expect(errors.every((message) => /replica/.test(message))).toBe(true);

    // The other replica and the connection go on as if nothing had happened.
    const survivors = loads.filter(({ errors }) => errors.length === 0);
    const before = survivors.map(({ done }) => done.length);
    await waitFor('more turns', () => survivors.every(({ done }, n) => done.length > before[n]! + 1));
    survivors.forEach(({ stop }) => stop());
    await Promise.all(loads.map(({ run }) => run));

    const gone = ids.filter((_, n) => loads[n]!.errors.length > 0);
    const again = gone.map((id) => client.resumeSession(id, pool.session()));
    const early = await Promise.race([
      Promise.allSettled(again).then(() => 'settled'),
      client.ping('x').then(() => 'waits'),
    ]);
    expect(early).toBe('waits');
    await victim!.start();
    for (const [at, resuming] of again.entries()) {
      const finished = loads[ids.indexOf(gone[at]!)]!.done;
      expect(await remembered(await resuming)).toEqual(expect.arrayContaining(finished));
    }
  });

  it('makes its sessions unavailable, never absent, and only after the wait', async () => {
    const pool = await start({ replicas: 2, config: { routing: 'roundRobin', replicaWaitSeconds: 1 } });
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    await say(session, 'hello');
    const [victim] = pool.runtimes;
    await victim!.kill();
    await expect(session.send({ prompt: 'x' })).rejects.toMatchObject({
      code: -32012,
      message: expect.stringContaining('resume it'),
      data: { retriable: true },
    });
    const begun = performance.now();
    const refusal = { code: -32012, message: expect.stringContaining('down: try again later') };
    const asked = [
      client.resumeSession('s', pool.session()),
      client.getSessionMetadata('s'),
      client.deleteSession('s'),
      client.listSessions(),
    ];
    await Promise.all(asked.map((answer) => expect(answer).rejects.toMatchObject(refusal)));
    expect(performance.now() - begun).toBeGreaterThan(900);
    // New sessions go to the other one.
    await say(await client.createSession(pool.session({ sessionId: 'new' })), 'hello');
    await victim!.start();
    expect(await remembered(await client.resumeSession('s', pool.session()))).toContain('hello');
    // The negative twin: with every replica there, what is not there is absent.
    expect(await client.getSessionMetadata('nope')).toBeUndefined();
  });
});

describe('a gateway that is killed', () => {
  it('costs no finished turn: every caller hears of it, and resumes through another', async () => {
    const pool = await start({ replicas: 2 });
    const other = await pool.startGateway();
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 's' }));
    const work = load(session, 's', 3000);
    await waitFor('some turns', () => work.done.length > 2);
    await pool.gateway.kill();
    // The SDK may never settle a ping that meets the kill: a caller's own deadline must tell it.
    await expect(pTimeout(client.ping('x'), { milliseconds: 5000 })).rejects.toThrow();

    const elsewhere = await pool.client('acme', other);
    const resumed = await elsewhere.resumeSession('s', pool.session());
    expect(await remembered(resumed)).toEqual(expect.arrayContaining(work.done));
    // The SDK itself does not notice, but its deadline does.
    await work.run;
    expect(work.errors).toHaveLength(1);
  });
});

describe('a client that drops', () => {
  it('loses its own sessions and nothing else, and finds them again at once', async () => {
    const pool = await start({ replicas: 1 });
    const [leaver, stayer] = [await pool.client('acme'), await pool.client('acme')];
    const mine = await leaver.createSession(pool.session({ sessionId: 'mine' }));
    await say(mine, 'hello');
    await mine.send({ prompt: SLOW });
    const theirs = await stayer.createSession(pool.session({ sessionId: 'theirs' }));
    const turn = say(theirs, directive({ stream: { chunks: 20, intervalMs: 10 } }));
    await leaver.forceStop();
    const resumed = await stayer.resumeSession('mine', pool.session());
    expect((await turn)?.data.content).toContain('chunk 20 of 20');
    expect(await remembered(resumed)).toContain('hello');
  });
});
