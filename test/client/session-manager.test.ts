import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import {
  ConnectionLostError,
  connectRuntime,
  connectTenant,
  localResolver,
  MemoryLocks,
  parseManifest,
  SessionLock,
  SessionManager,
  TurnError,
  TurnTimeoutError,
  type RuntimeClient,
  type SessionManagerOptions,
} from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { manifestOf } from '../../topology/index.js';
import { directive, type Directive } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { isRunning, runtimePid } from '../support/processes.js';
import { clientOf, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

const ACME = 'tenant/acme';

/** A real runtime, and managers of its sessions, all ended with the test. */
async function start(runtime: object = {}) {
  const stateRoot = temporaryDirectory();
  const plan = planOf({ runtime: { integrationId: 'test', ...runtime } });
  const { stateDirectory: state, manifestFile, stop } = await bringUp(plan, { stateRoot });
  afterTest(stop);
  const manifest = manifestOf(plan);
  const resolve = localResolver(manifestFile);
  const clients: RuntimeClient[] = [];
  const connect = async () => {
    const client = await connectTenant(manifest, 'acme', { resolve });
    clients.push(client);
    return client;
  };
  const manage = (options: Partial<SessionManagerOptions> = {}) => {
    const settings = () => sessionConfig(state, ACME);
    const manager = new SessionManager({ connect, settings, pingIntervalMs: 100, ...options });
    afterTest(() => manager.close());
    return manager;
  };
  return { state, stateRoot, connect, clients, manage };
}

async function ask(manager: SessionManager, id: string, asked: Directive, timeoutMs = 20_000) {
  return (await manager.turn(id, directive(asked), { timeoutMs }))?.data.content;
}

/** How often something stands in the runtime's own journal of a session. */
function journalled(state: string, id: string, type: string): number {
  try {
    const journal = path.join(state, ACME, 'home/session-state', id, 'events.jsonl');
    return readFileSync(journal, 'utf8').split(`"type":"${type}"`).length - 1;
  } catch {
    return 0;
  }
}

const recalls = async (manager: SessionManager, id: string) =>
  JSON.parse((await ask(manager, id, { recall: true })) ?? '[]') as string[];

describe('a session manager', () => {
  it('creates a session, keeps it, resumes it with settings asked for again, and deletes it at its end', async () => {
    const { state, manage } = await start();
    const asked: string[] = [];
    const settings = async (id: string) => {
      asked.push(id);
      return sessionConfig(state, ACME);
    };
    const first = manage({ settings });
    await ask(first, 'a', { reply: 'one' });
    await ask(first, 'a', { reply: 'two' });
    expect(asked).toEqual(['a']);
    expect(first.live).toEqual(['a']);
    await first.close();

    const second = manage({ settings });
    await expect(recalls(second, 'a')).resolves.toHaveLength(3);
    expect(asked).toEqual(['a', 'a']);
    const client = await clientOf(state, ACME);
    await expect(client.getSessionMetadata('a')).resolves.toBeDefined();
    await second.finish('a');
    await second.finish('never-there');
    await expect(client.getSessionMetadata('a')).resolves.toBeUndefined();
    expect(second.live).toEqual([]);
    await expect(recalls(second, 'a')).resolves.toHaveLength(1);
  });

  it('lets go of the least recently used session, never of one in mid-turn', async () => {
    const { manage } = await start();
    const manager = manage({ maxLive: 2 });
    await ask(manager, 'old', { reply: '1' });
    const slow = ask(manager, 'slow', { stream: { chunks: 12, intervalMs: 100 } });
    await waitFor('the slow turn to begin', () => manager.live.includes('slow'));
    await ask(manager, 'new', { reply: '2' });
    expect(manager.live).toEqual(['slow', 'new']);
    // Now slow is the least recently used one, but busy.
    await ask(manager, 'newer', { reply: '3' });
    expect(manager.live).toEqual(['slow', 'newer']);
    await expect(slow).resolves.toMatch(/chunk 12 of 12/);
    await ask(manager, 'newest', { reply: '4' });
    expect(manager.live).toEqual(['newer', 'newest']);
    // What was let go of is all there.
    await expect(recalls(manager, 'old')).resolves.toHaveLength(2);
    expect(manager.live).toHaveLength(2);
  });

  it('never has more sessions than agreed, however many turns come at once', async () => {
    const { manage } = await start();
    const manager = manage({ maxLive: 3 });
    let most = 0;
    const looking = setInterval(() => (most = Math.max(most, manager.live.length)), 1);
    afterTest(() => clearInterval(looking));
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => ask(manager, `s-${n % 8}`, { reply: `answer ${n}` })),
    );
    expect(answers).toEqual(Array.from({ length: 12 }, (_, n) => `answer ${n}`));
    expect(most).toBe(3);
  });

  it('runs one turn at a time per session', async () => {
    const { manage } = await start();
    const manager = manage();
    const slow = directive({ stream: { chunks: 3, intervalMs: 100 } });
    await Promise.all([1, 2, 3].map((n) => manager.turn('s', `${n} ${slow}`)));
    const events = await recalls(manager, 's');
    expect(events).toHaveLength(4);
    // Each turn saw the ones before it: none was steered into another.
    expect(new Set(events.slice(0, 3).map((prompt) => prompt[0])).size).toBe(3);
  });

  it('leaves nothing behind of a session for one turn', async () => {
    const { state, manage } = await start();
    const manager = manage();
    await expect(manager.once(directive({ reply: 'hello' }))).resolves.toMatchObject({
      data: { content: 'hello' },
    });
    expect(manager.live).toEqual([]);
    await expect((await clientOf(state, ACME)).listSessions()).resolves.toEqual([]);
  });

  it('resumes a session that the runtime ended for idleness', async () => {
    const { state, manage } = await start({ idleTimeoutSeconds: 1, allowShortIdleTimeout: true });
    const manager = manage();
    await ask(manager, 's', { reply: 'one' });
    await waitFor('the runtime to end it', () => journalled(state, 's', 'session.shutdown') > 0);
    await expect(recalls(manager, 's')).resolves.toHaveLength(2);
  });

  it('reads anew what another back end did in a session meanwhile', async () => {
    const { manage, clients } = await start();
    const lock = new SessionLock({ backend: new MemoryLocks() });
    const [one, two] = [manage({ lock }), manage({ lock })];
    await ask(one, 's', { reply: '1' });
    await Promise.all([ask(one, 's', { reply: '2' }), ask(two, 's', { reply: '3' })]);
    await expect(recalls(one, 's')).resolves.toHaveLength(4);
    await expect(recalls(two, 's')).resolves.toHaveLength(5);
    expect(clients).toHaveLength(2);
  });

  it('stops a turn that takes too long, and the session is free again', async () => {
    const { manage } = await start();
    const manager = manage();
    const slow = ask(manager, 's', { stream: { chunks: 100, intervalMs: 100 } }, 700);
    await expect(slow).rejects.toThrow(TurnTimeoutError);
    await expect(slow).rejects.toThrow(/session s did not finish within 0.7 s/);
    await expect(ask(manager, 's', { reply: 'free' }, 5000)).resolves.toBe('free');
  });

  it('hands on what the runtime says of a turn that failed', async () => {
    const { manage } = await start();
    const manager = manage({ settings: () => ({ availableTools: [] }) });
    const failed = manager.turn('s', 'hello');
    await expect(failed).rejects.toBeInstanceOf(TurnError);
    await expect(failed).rejects.toThrow(/No GitHub OAuth token/);
  });

  it.each([{ maxLive: 0 }, { maxLive: 1.5 }, { compactionThreshold: 0 }, { compactionThreshold: 1 }])(
    'refuses %j',
    (options) => {
      const connect = () => connectRuntime({ address: '127.0.0.1:1' });
      expect(() => new SessionManager({ connect, settings: () => ({}), ...options })).toThrow(RangeError);
    },
  );
});

describe('a session manager whose runtime is killed in mid-turn', () => {
  it('answers every waiting caller in time, keeps finished turns, and goes on with the next runtime', async () => {
    const { state, stateRoot, manage, clients } = await start();
    const manager = manage();
    await ask(manager, 'a', { reply: 'finished before' });
    const slow = directive({ stream: { chunks: 300, intervalMs: 100 } });
    const waiting = ['a', 'b', 'c'].map((id) => manager.turn(id, slow, { timeoutMs: 30_000 }));
    // One more waits behind the first, and one for a session that is not attached.
    waiting.push(manager.turn('a', directive({ reply: 'after' }), { timeoutMs: 30_000 }));
    const settled = Promise.allSettled(waiting);
    const begun = (id: string) => journalled(state, id, 'assistant.turn_start');
    await waitFor('the turns to run', () => begun('a') === 2 && begun('b') === 1 && begun('c') === 1);
    const killedAt = performance.now();
    process.kill(runtimePid(stateRoot, ACME)!, 'SIGKILL');

    const results = await settled;
    expect(performance.now() - killedAt).toBeLessThan(15_000);
    for (const result of results.slice(0, 3)) {
      expect(result).toMatchObject({ status: 'rejected' });
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(ConnectionLostError);
    }
    expect(results[3]).toMatchObject({ status: 'fulfilled', value: { data: { content: 'after' } } });
    const prompts = await recalls(manager, 'a');
    expect(prompts[0]).toContain('finished before');
    expect(clients).toHaveLength(2);
  });

  it('does not trouble a caller who comes after the runtime has been restarted', async () => {
    const { stateRoot, manage, clients } = await start();
    const manager = manage();
    await ask(manager, 'a', { reply: 'before' });
    const killed = runtimePid(stateRoot, ACME)!;
    process.kill(killed, 'SIGKILL');
    await waitFor('it to be gone', () => !isRunning(killed));
    await expect(recalls(manager, 'a')).resolves.toHaveLength(2);
    expect(clients).toHaveLength(2);
  });

  it('gives up in time when no runtime is there, and at once when it was closed', async () => {
    const { manage } = await start();
    const manager = manage();
    await manager.close();
    await expect(ask(manager, 'a', { reply: '2' })).rejects.toThrow(/is closed: make a new one/);
    const other = manage({
      reconnectTimeoutMs: 600,
      connect: () => Promise.reject(new Error('connect ECONNREFUSED')),
    });
    await expect(ask(other, 'a', { reply: '2' })).rejects.toThrow(
      'no connection within 0.6 s (connect ECONNREFUSED): see that the runtime or gateway runs',
    );
  });

  it('does not go on trying for a tenant that is not served', async () => {
    const { manage } = await start();
    const manifest = parseManifest(
      JSON.stringify(manifestOf(planOf({ tenants: { acme: { state: 'suspended' } } }))),
    );
    const resolve = localResolver('/nonexistent/manifest.json');
    let attempts = 0;
    const manager = manage({
      connect: () => {
        attempts += 1;
        return connectTenant(manifest, 'acme', { resolve });
      },
    });
    await expect(ask(manager, 'a', { reply: '1' })).rejects.toThrow(/suspended/);
    expect(attempts).toBe(1);
  });
});
