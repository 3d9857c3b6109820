import { readdirSync } from 'node:fs';
import path from 'node:path';
import { approveAll, type CopilotClient, type CopilotSession } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import { drain } from '../../../services/runtime-host/drain.js';
import { createLog, Redactor } from '../../../services/runtime-host/log.js';
import { Turns } from '../../../services/runtime-host/turns.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { drainSession } from '../../../topology/pool-contract.js';
import { directive, STAND_IN_MODEL } from '../../../topology/stand-in.js';
import { isRunning, TestHost, type HostProps } from './host.js';

/** A host with the stand-in model and a time for its drain. */
function drainingHost(seconds: number, props: HostProps = {}): Promise<TestHost> {
  return TestHost.ready({
    standIns: ['model'],
    ...props,
    env: { [HOST_ENV.drainSeconds]: String(seconds), ...props.env },
  });
}

const sessionConfig = (host: TestHost) => ({
  availableTools: ['custom:*'],
  onPermissionRequest: approveAll,
  model: STAND_IN_MODEL,
  provider: { type: 'openai' as const, baseUrl: `${host.standIn}/v1`, apiKey: 'key' },
});

/** A turn of this length that has begun; its answer, or the message of its error. */
async function beginTurn(host: TestHost, client: CopilotClient, chunks: number, sessionId = 'busy') {
  const session = await client.createSession({ sessionId, ...sessionConfig(host) });
  const begun = new Promise<void>((resolve) => session.on('assistant.turn_start', () => resolve()));
  const answer = new Promise<string>((resolve) => {
    session.on('assistant.message', ({ data }) => resolve(data.content));
    session.on('session.error', ({ data }) => resolve(data.message));
  });
  await session.send({ prompt: directive({ stream: { chunks, intervalMs: 100 } }) });
  await begun;
  return { answer };
}

const eventsOf = async (session: CopilotSession) =>
  (await session.getEvents()).filter(({ type }) => /^(user\.message|session\.error|abort)$/.test(type));

describe('a runtime host that is asked to stop', () => {
  it('lets running turns finish first, and is not ready meanwhile', async () => {
    const host = await drainingHost(20);
    const { answer } = await beginTurn(host, await host.client(), 12);
    host.signal('SIGTERM');
    await host.said('waiting for running turns');
    await expect(host.get('/readyz')).resolves.toMatchObject({
      status: 503,
      body: { reason: 'the runtime is stopping' },
    });
    await expect(host.get('/livez')).resolves.toMatchObject({ status: 200 });
    await expect(answer).resolves.toContain('chunk 12 of 12');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(isRunning(host.listening.runtimePid)).toBe(false);
    expect(host.output).toContain('"unfinished":0');
  });

  it('tells the owner of a turn that takes too long, who finds it in the history later', async () => {
    const host = await drainingHost(1);
    const { answer } = await beginTurn(host, await host.client(), 300);
    host.signal('SIGTERM');
    const message =
      'the runtime stops, and this turn could not finish in time: resume the session and ask again';
    await expect(answer).resolves.toContain(message);
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.output).toContain('"unfinished":1');

    const next = await drainingHost(1, { home: host.home });
    const session = await (await next.client()).resumeSession('busy', sessionConfig(next));
    await expect(eventsOf(session)).resolves.toMatchObject([
      { type: 'user.message' },
      { type: 'session.error', data: { errorType: 'runtime_stopping', message } },
      { type: 'abort' },
    ]);
    const prompt = directive({ reply: 'as before' });
    await expect(session.sendAndWait({ prompt }, 10_000)).resolves.toMatchObject({
      data: { content: 'as before' },
    });
  });

  it('does not wait for the turn of a client that is gone', async () => {
    const host = await drainingHost(60);
    const client = await host.client();
    await beginTurn(host, client, 300);
    host.signal('SIGTERM');
    await host.said('waiting for running turns');
    await client.forceStop();
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.output).toContain('"unfinished":0');
  });

  it('waits for turns on every session, and for none that rests', async () => {
    const host = await drainingHost(20);
    const client = await host.client();
    await client.createSession({ sessionId: 'resting', ...sessionConfig(host) });
    const turns = await Promise.all(
      [3, 9].map((chunks) => beginTurn(host, client, chunks, `busy-${chunks}`)),
    );
    host.signal('SIGTERM');
    await expect(Promise.all(turns.map(({ answer }) => answer))).resolves.toEqual([
      expect.stringContaining('chunk 3 of 3'),
      expect.stringContaining('chunk 9 of 9'),
    ]);
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.output).toContain('"turns":2');
  });

  it('ends the waiting on a second signal, and tells the owner', async () => {
    const host = await drainingHost(60);
    const { answer } = await beginTurn(host, await host.client(), 300);
    host.signal('SIGTERM');
    await host.said('waiting for running turns');
    await new Promise((resolve) => setTimeout(resolve, 600));
    host.signal('SIGTERM');
    await expect(answer).resolves.toContain('the runtime stops');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
  });

  it('does not wait when its parent is gone', async () => {
    const host = await drainingHost(60);
    await beginTurn(host, await host.client(), 300);
    host.disconnect();
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.output).not.toContain('waiting for running turns');
  });

  it('ends a runtime that hangs on further signals', async () => {
    const host = await drainingHost(60);
    await beginTurn(host, await host.client(), 300);
    process.kill(host.listening.runtimePid, 'SIGSTOP');
    host.signal('SIGTERM');
    await host.said('stopping');
    for (const expected of ['not waiting', 'killing']) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      host.signal('SIGTERM');
      await host.said(expected);
    }
    await expect(host.exited).resolves.toEqual({ code: 137, signal: null });
    expect(isRunning(host.listening.runtimePid)).toBe(false);
  });

  it('as a replica, tells the gateways, and ends when they have let go of the sessions of tenants', async () => {
    const props = { env: { [HOST_ENV.runtime]: 'pool/0' } };
    const hosts = await Promise.all([drainingHost(60, props), drainingHost(60, props)]);
    const [told, deaf] = hosts as [TestHost, TestHost];
    const [heard] = await Promise.all(
      hosts.map(async (host) => {
        const client = await host.client();
        const session = await client.createSession({ sessionId: 'acme__s', ...sessionConfig(host) });
        return { client, session };
      }),
    );
    heard!.client.onLifecycle('session.created', ({ sessionId }) => {
      if (sessionId === drainSession('pool/0')) void heard!.session.disconnect();
    });
    for (const host of hosts) host.signal('SIGTERM');
    for (const host of hosts) await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    const [short, long] = hosts.map(({ output }) =>
      Number(/"seconds":([\d.]+),"unfinished":0/.exec(output)?.[1]),
    );
    expect(short).toBeLessThan(3);
    // One that does not hear is waited for, but keeps nobody waiting for the whole drain.
    expect(long).toBeGreaterThanOrEqual(3);
    expect(long).toBeLessThan(30);
    expect(readdirSync(path.join(told.home, 'session-state'))).toContain(drainSession('pool/0'));
    expect(deaf.output).not.toContain('could not be told');
  });

  it('as a runtime of one tenant, tells nobody, for nobody stands before it', async () => {
    const host = await drainingHost(60, { env: { [HOST_ENV.runtime]: 'tenant/acme' } });
    await (await host.client()).createSession({ sessionId: 'acme__s', ...sessionConfig(host) });
    host.signal('SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(host.output).toMatch(/"seconds":0(\.\d)?,"unfinished":0,"msg":"drained"/);
    expect(readdirSync(path.join(host.home, 'session-state'))).not.toContain(drainSession('tenant/acme'));
  });
});

/** A link to a runtime that says of its sessions, look by look, whether they have a turn under way. */
function fakeLink(active: readonly boolean[] = []) {
  const asked: boolean[] = [];
  return {
    asked,
    open: () => Promise.resolve(),
    call: <T>(method: string) => {
      if (method === 'session.metadata.activity') asked.push(active[asked.length] ?? false);
      return Promise.resolve({ hasActiveWork: asked.at(-1) } as T);
    },
  };
}

function drainOf(link: ReturnType<typeof fakeLink>, turns: Turns, seconds = 20) {
  const forced = new AbortController().signal;
  const log = createLog(new Redactor());
  return drain({ link, turns, liveSessions: () => ['busy'], seconds, forced, log });
}

describe('a drain', () => {
  it('looks once more before the end, for a turn that nobody has heard of yet', async () => {
    // Rests at the first look; then its client has begun a turn, which ends later.
    const link = fakeLink([false, true, true, false]);
    expect(await drainOf(link, new Turns(link))).toMatchObject({ unfinished: 0 });
    expect(link.asked).toEqual([false, true, true, false, false]);
  });

  it('leaves the owner of a turn that has just ended the time to hear of it, and no other', async () => {
    const link = fakeLink();
    const turns = new Turns(link);
    expect((await drainOf(link, turns)).seconds).toBeLessThan(0.25);
    turns.changed('busy');
    expect((await drainOf(link, turns)).seconds).toBeGreaterThanOrEqual(0.49);
  });

  it('is over in time, however much goes on', async () => {
    const link = fakeLink();
    const turns = new Turns(link);
    turns.changed('busy');
    const goesOn = setInterval(() => turns.changed('busy'), 20);
    try {
      const { seconds } = await drainOf(link, turns, 1);
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(seconds).toBeLessThan(5);
    } finally {
      clearInterval(goesOn);
    }
  });
});
