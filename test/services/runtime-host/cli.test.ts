import { describe, expect, it } from '@jest/globals';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { directive, STAND_IN_MODEL, standInGitHubToken } from '../../../topology/stand-in.js';
import { TestHost } from './host.js';

describe('with the CLI binary', () => {
  it('starts without GitHub and without HOME, serves both stand-ins, and on SIGTERM ends after a running turn', async () => {
    const host = await TestHost.ready({
      standIns: ['model', 'github'],
      env: {
        [HOST_ENV.binary]: 'cli',
        COPILOT_PKG_CACHE_HOME: `${process.env.HOME}/.cache/copilot`,
        HOME: undefined,
      },
    });
    const client = await host.client();
    await expect(client.getStatus()).resolves.toMatchObject({ protocolVersion: 3 });
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
    await expect(host.get('/livez')).resolves.toMatchObject({ status: 200 });

    const provider = { type: 'openai', baseUrl: `${host.standIn}/v1`, apiKey: 'key' } as const;
    const own = await client.createSession({ model: STAND_IN_MODEL, availableTools: [], provider });
    const github = { model: STAND_IN_MODEL, availableTools: [], gitHubToken: standInGitHubToken('alice') };
    const asAlice = await client.createSession(github);
    const prompt = directive({ identify: true });
    const answers = await Promise.all(
      [own, asAlice].map((session) => session.sendAndWait({ prompt }, 20_000)),
    );
    expect(answers.map((answer) => JSON.parse(answer?.data.content ?? '') as unknown)).toMatchObject([
      { login: null, path: '/v1/chat/completions' },
      { login: 'alice', path: '/chat/completions' },
    ]);
    await expect(client.createSession({ ...github, gitHubToken: 'gho_unknown' })).rejects.toThrow(
      /401 Unauthorized/,
    );

    const begun = new Promise<void>((resolve) => own.on('assistant.turn_start', () => resolve()));
    const last = own.sendAndWait({ prompt: directive({ stream: { chunks: 8, intervalMs: 100 } }) }, 20_000);
    await begun;
    host.signal('SIGTERM');
    await host.said('waiting for running turns');
    await expect(last).resolves.toMatchObject({ data: { content: expect.stringContaining('chunk 8 of 8') } });
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
  });

  it('names a port that is taken', async () => {
    const first = await TestHost.ready();
    const args = [
      '--headless',
      '--no-auto-update',
      '--host',
      '127.0.0.1',
      '--port',
      String(first.listening.port),
    ];
    const second = new TestHost({ args, env: { [HOST_ENV.binary]: 'cli' } });
    await expect(second.exited).resolves.toEqual({ code: 1, signal: null });
    expect(second.messages).toEqual([
      { type: 'failed', message: expect.stringContaining(`port ${first.listening.port} is already in use`) },
    ]);
  });
});
