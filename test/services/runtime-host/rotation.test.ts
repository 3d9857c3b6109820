import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { approveAll, type CopilotSession } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import { connectRuntime, SessionManager } from '../../../client/index.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { directive, STAND_IN_MODEL, standInGitHubToken, type Identity } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';
import { isRunning, RUNTIME_ARGS, TestHost } from './host.js';

const COMMON = { availableTools: ['custom:*'], onPermissionRequest: approveAll, model: STAND_IN_MODEL };
const [alice, bob] = ['alice', 'bob'].map(standInGitHubToken) as [string, string];

const withModel = (host: TestHost, apiKey = 'key') => ({
  ...COMMON,
  provider: { type: 'openai' as const, baseUrl: `${host.standIn}/v1`, apiKey },
});

/** A port that nothing listens on. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function identify(session: CopilotSession): Promise<Identity> {
  const answer = await session.sendAndWait({ prompt: directive({ identify: true }) }, 20_000);
  return JSON.parse(answer!.data.content) as Identity;
}

/** Waits until the runtime has been replaced by another one. */
async function replaced(host: TestHost, pid: number): Promise<void> {
  await waitFor('another runtime', () => host.listening.runtimePid !== pid);
}

describe('a runtime whose secrets change', () => {
  it('is replaced with the new GitHub token, by the same host, and its sessions go on', async () => {
    const host = await TestHost.ready({ githubToken: alice, standIns: ['model', 'github'] });
    const { runtimePid } = host.listening;
    const session = await (await host.client()).createSession({ ...COMMON, sessionId: 'kept' });
    await expect(identify(session)).resolves.toMatchObject({ login: 'alice' });

    host.writeSecret('githubToken', bob);
    await replaced(host, runtimePid);
    expect(isRunning(runtimePid)).toBe(false);
    expect(isRunning(host.pid)).toBe(true);
    const resumed = await (await host.client()).resumeSession('kept', COMMON);
    await expect(identify(resumed)).resolves.toMatchObject({ login: 'bob' });
    expect((await resumed.getEvents()).filter(({ type }) => type === 'user.message')).toHaveLength(2);
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
    expect([alice, bob, host.token].filter((secret) => host.output.includes(secret))).toEqual([]);
    host.signal('SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
  });

  it('loses no turn that runs, is not ready meanwhile, and refuses the old connection token on the same port afterwards', async () => {
    const freePort = await unusedPort();
    const args = RUNTIME_ARGS.map((arg, at) => (RUNTIME_ARGS[at - 1] === '--port' ? String(freePort) : arg));
    const host = await TestHost.ready({ standIns: ['model'], args });
    const { runtimePid } = host.listening;
    const session = await (await host.client()).createSession({ ...withModel(host), sessionId: 'busy' });
    const begun = new Promise<void>((resolve) => session.on('assistant.turn_start', () => resolve()));
    const prompt = directive({ stream: { chunks: 20, intervalMs: 100 } });
    const answer = session.sendAndWait({ prompt }, 20_000);
    await begun;

    const fresh = randomBytes(32).toString('hex');
    host.writeSecret('connectionToken', fresh);
    await host.said('waiting for running turns');
    await expect(host.get('/readyz')).resolves.toMatchObject({
      status: 503,
      body: { reason: 'the runtime is replaced, for its secrets have changed' },
    });
    // The new token is refused as long as the runtime drains: the library tries again.
    const attempts = { fresh: 0, wrong: 0 };
    const managerWith = (kind: 'fresh' | 'wrong', token: string, reconnectTimeoutMs: number) =>
      new SessionManager({
        connect: () => {
          attempts[kind] += 1;
          return connectRuntime({ address: `127.0.0.1:${freePort}`, connectionToken: token });
        },
        settings: () => withModel(host),
        reconnectTimeoutMs,
      });
    const manager = managerWith('fresh', fresh, 20_000);
    const managed = manager.turn('managed', directive({ reply: 'in by the new token' }));
    const wrong = managerWith('wrong', randomBytes(32).toString('hex'), 500);
    await expect(wrong.turn('managed', 'x')).rejects.toMatchObject({ code: -32002 });
    expect(attempts.wrong).toBeGreaterThan(1);
    expect((await answer)?.data.content).toContain('chunk 20 of 20');
    await replaced(host, runtimePid);
    expect((await managed)?.data.content).toBe('in by the new token');
    expect(attempts.fresh).toBeGreaterThan(1);
    await manager.close();
    expect(host.listening.port).toBe(freePort);
    await expect(host.client()).rejects.toMatchObject({ code: -32002 });
    const resumed = await (await host.client(fresh)).resumeSession('busy', withModel(host));
    await expect(resumed.sendAndWait({ prompt: directive({ recall: true }) }, 10_000)).resolves.toMatchObject(
      { data: { content: expect.stringContaining('chunks') as unknown } },
    );
    expect(host.output).not.toContain(fresh);
  });

  it('is left alone when they cannot be used, or when the GitHub token vanishes', async () => {
    const host = await TestHost.ready({ githubToken: alice, standIns: ['github'] });
    const { runtimePid } = host.listening;
    host.writeSecret('connectionToken', 'short');
    await host.said('must have at least 32 characters, got 5');
    host.writeSecret('connectionToken', host.token);
    host.writeSecret('githubToken', null);
    await host.said('the GitHub token is gone');
    host.writeSecret('githubToken', alice);
    const session = await (await host.client()).createSession(COMMON);
    await expect(identify(session)).resolves.toMatchObject({ login: 'alice' });
    expect(host.listening.runtimePid).toBe(runtimePid);
  });

  it('ends with the host when that is asked to stop while it is replaced', async () => {
    const host = await TestHost.ready({ standIns: ['model'] });
    const session = await (await host.client()).createSession(withModel(host));
    const begun = new Promise<void>((resolve) => session.on('assistant.turn_start', () => resolve()));
    const answer = session.sendAndWait({ prompt: directive({ stream: { chunks: 20, intervalMs: 100 } }) });
    await begun;
    host.writeSecret('connectionToken', randomBytes(32).toString('hex'));
    await host.said('waiting for running turns');
    host.signal('SIGTERM');
    expect((await answer)?.data.content).toContain('chunk 20 of 20');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(isRunning(host.listening.runtimePid)).toBe(false);
    expect(host.messages.filter(({ type }) => type === 'listening')).toHaveLength(1);
  });
});

describe('the identity of a process', () => {
  it('is not replaced by any call, so that only a new process takes another one', async () => {
    const host = await TestHost.ready({ githubToken: alice, standIns: ['github'] });
    const client = await host.client();
    const session = await client.createSession(COMMON);
    const credentials = { type: 'token', host: 'https://github.com', token: bob } as const;
    await session.rpc.gitHubAuth.setCredentials({ credentials });
    await expect(identify(session)).resolves.toMatchObject({ login: 'bob' });
    await expect(identify(await client.createSession(COMMON))).resolves.toMatchObject({ login: 'alice' });

    await client.rpc.account.login({ host: 'https://github.com', token: bob });
    const after = await client.createSession(COMMON);
    await expect(identify(after)).rejects.toThrow(/No GitHub OAuth token/);
  });
});

describe('a credential that a client passes', () => {
  it.each(['native', 'cli'])(
    'is taken up anew at each resume, on a running session too (%s)',
    async (binary) => {
      const host = await TestHost.ready({
        standIns: ['model', 'github'],
        env: { [HOST_ENV.binary]: binary },
      });
      const client = await host.client();
      const own = (gitHubToken: string) => ({ ...COMMON, gitHubToken });
      const session = await client.createSession({ ...own(alice), sessionId: 'own' });
      await expect(identify(session)).resolves.toMatchObject({ login: 'alice' });
      await expect(identify(await client.resumeSession('own', own(bob)))).resolves.toMatchObject({
        login: 'bob',
      });

      const first = await identify(
        await client.createSession({ ...withModel(host, 'old'), sessionId: 'key' }),
      );
      const second = await identify(await client.resumeSession('key', withModel(host, 'new')));
      expect(second.authorization).toMatch(/^[0-9a-f]{16}$/);
      expect(second.authorization).not.toBe(first.authorization);
    },
  );
});
