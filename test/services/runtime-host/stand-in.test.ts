import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineTool, type CopilotSession, type SessionConfig } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import {
  directive,
  STAND_IN_MODEL,
  standInGitHubToken,
  standInModelOf,
  type Identity,
} from '../../../topology/stand-in.js';
import { TestHost } from './host.js';

/** Deadline of a turn, in milliseconds. */
const TURN_MS = 15_000;

async function turn(session: CopilotSession, prompt: string): Promise<string | undefined> {
  return (await session.sendAndWait({ prompt }, TURN_MS))?.data.content;
}

function throughProvider(host: TestHost, more: Partial<SessionConfig> = {}): SessionConfig {
  const provider = { type: 'openai', baseUrl: `${host.standIn}/v1`, apiKey: 'key-of-tenant' } as const;
  return { model: STAND_IN_MODEL, availableTools: ['custom:*'], provider, ...more };
}

describe('the stand-in model, as provider of a session', () => {
  it('answers as the prompt asks', async () => {
    const host = await TestHost.ready({ standIns: ['model'] });
    const client = await host.client();
    const lookup = defineTool('lookup', {
      description: 'looks up',
      parameters: { type: 'object', properties: { id: { type: 'string' } } },
      skipPermission: true,
      handler: ({ id }: { id: string }) => `ORDER-${id}`,
    });
    const session = await client.createSession(throughProvider(host, { tools: [lookup] }));
    await expect(turn(session, 'hello')).resolves.toBe('stand-in reply to: hello');
    await expect(turn(session, directive({ reply: 'a "quoted" } brace' }))).resolves.toBe(
      'a "quoted" } brace',
    );
    await expect(turn(session, directive({ offered: true }))).resolves.toBe('["lookup"]');
    const call = { tool: 'lookup', arguments: { id: '7' } };
    await expect(turn(session, `please ${directive({ call })} now`)).resolves.toBe('tool result: ORDER-7');
    await expect(turn(session, directive({ call: { tool: 'bash' } }))).resolves.toMatch(
      /^tool result: Tool 'bash' does not exist/,
    );
    const remembered = JSON.parse((await turn(session, directive({ recall: true }))) ?? '') as string[];
    expect(remembered[0]).toBe('hello');
    expect(remembered).toHaveLength(6);
    await expect(turn(session, directive({ identify: true }))).resolves.toBe(
      JSON.stringify({
        authorization: createHash('sha256').update('key-of-tenant').digest('hex').slice(0, 16),
        login: null,
        integrationId: null,
        path: '/v1/chat/completions',
      } satisfies Identity),
    );
  });

  it('streams slowly when asked, so that a turn can be interrupted', async () => {
    const host = await TestHost.ready({ standIns: ['model'] });
    const session = await (await host.client()).createSession(throughProvider(host, { streaming: true }));
    const pieces: string[] = [];
    session.on('assistant.message_delta', (event) => pieces.push(event.data.deltaContent));
    const started = performance.now();
    await expect(turn(session, directive({ stream: { chunks: 4, intervalMs: 100 } }))).resolves.toMatch(
      /chunk 4 of 4/,
    );
    expect(performance.now() - started).toBeGreaterThan(380);
    expect(pieces.length).toBeGreaterThan(1);
  });

  it('answers plain HTTP as OpenAI does', async () => {
    const host = await TestHost.ready({ standIns: ['model'] });
    const ask = (body: unknown) =>
      fetch(`${host.standIn}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
    const models = (await (await fetch(`${host.standIn}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map((model) => model.id)).toEqual([STAND_IN_MODEL]);
    const whole = await ask({
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
    });
    await expect(whole.json()).resolves.toMatchObject({
      object: 'chat.completion',
      choices: [{ message: { role: 'assistant', content: 'stand-in reply to: hi' }, finish_reason: 'stop' }],
      usage: { total_tokens: expect.any(Number) },
    });
    const streamed = await (await ask({ stream: true, messages: [] })).text();
    expect(streamed).toMatch(/^data: \{.*\ndata: \[DONE\]\n\n$/s);
    expect(streamed).toContain('"usage"');
    // Only what was asked for is served.
    expect((await fetch(`${host.standIn}/copilot_internal/user`)).status).toBe(404);
  });
});

describe('the stand-in GitHub', () => {
  const start = () =>
    TestHost.ready({
      standIns: ['model', 'github'],
      env: { GITHUB_COPILOT_INTEGRATION_ID: 'acme-assistant' },
    });

  it('keeps two identities apart in one runtime', async () => {
    const client = await (await start()).client();
    const identities = await Promise.all(
      ['alice', 'bob-2'].map(async (login) => {
        const config = { model: STAND_IN_MODEL, availableTools: [], gitHubToken: standInGitHubToken(login) };
        const session = await client.createSession(config);
        return JSON.parse((await turn(session, directive({ identify: true }))) ?? '') as Identity;
      }),
    );
    expect(identities).toMatchObject(
      ['alice', 'bob-2'].map((login) => ({
        login,
        integrationId: 'acme-assistant',
        path: '/chat/completions',
      })),
    );
    expect(identities[0]?.authorization).not.toBe(identities[1]?.authorization);
  });

  it('lists models by token', async () => {
    const client = await (await start()).client();
    const list = async (login: string) => {
      const { models } = await client.rpc.models.list({ gitHubToken: standInGitHubToken(login) });
      return models.map((model) => model.id);
    };
    await expect(list('alice')).resolves.toEqual(['auto', STAND_IN_MODEL, standInModelOf('alice')]);
    await expect(list('bob')).resolves.toEqual(['auto', STAND_IN_MODEL, standInModelOf('bob')]);
    await expect(client.rpc.models.list({ gitHubToken: 'gho_unknown' })).rejects.toThrow(/401 Unauthorized/);
  });

  it('refuses a bad token at create, and a session without any fails its turn', async () => {
    const client = await (await start()).client();
    const config = { model: STAND_IN_MODEL, availableTools: [] };
    await expect(client.createSession({ ...config, gitHubToken: 'gho_unknown' })).rejects.toThrow(
      /401 Unauthorized/,
    );
    const session = await client.createSession(config);
    await expect(turn(session, 'hi')).rejects.toThrow(/No GitHub OAuth token or Copilot HMAC key provided/);
  });

  it('knows the process by the token file, for sessions without one of their own', async () => {
    const host = await TestHost.ready({ standIns: ['github'], githubToken: standInGitHubToken('service') });
    const client = await host.client();
    const config = { model: STAND_IN_MODEL, availableTools: [] };
    const loginOf = async (session: CopilotSession) =>
      (JSON.parse((await turn(session, directive({ identify: true }))) ?? '') as Identity).login;
    await expect(loginOf(await client.createSession(config))).resolves.toBe('service');
    const own = await client.createSession({ ...config, gitHubToken: standInGitHubToken('alice') });
    await expect(loginOf(own)).resolves.toBe('alice');
    // What GitHub says of its users stays in the runtime's own home, not in a cache of the machine's user.
    expect(existsSync(join(host.home, '.cache', 'copilot-user-cache.json'))).toBe(true);
  });
});
