import type { CopilotClient } from '@github/copilot-sdk';
import { describe, expect, it } from '@jest/globals';
import {
  directive,
  POLICY_BLOCKED_OWNER,
  standInGitHubToken,
  type Identity,
} from '../../../topology/stand-in.js';
import { TestHost } from './host.js';

const TURN_MS = 15_000;

async function start(): Promise<{ host: TestHost; client: CopilotClient }> {
  const host = await TestHost.ready({
    standIns: ['github', 'missionControl'],
    githubToken: standInGitHubToken('acme-bot'),
    env: { GITHUB_COPILOT_INTEGRATION_ID: 'acme-assistant' },
  });
  return { host, client: await host.client() };
}

/** What a runtime accepts for a cloud session. */
const cloud = (owner: string) => ({
  availableTools: [],
  includeSubAgentStreamingEvents: false,
  cloud: { repository: { owner, name: 'app' } },
});

describe('the stand-in Mission Control, through a real runtime', () => {
  it('starts an agent after a while, which then answers as the identity of the process', async () => {
    const { client } = await start();
    const session = await client.createSession(cloud('acme'));
    const started = await session.getEvents();
    expect(started[0]).toMatchObject({ type: 'session.start', data: { producer: 'copilot-agent' } });
    const message = await session.sendAndWait({ prompt: directive({ identify: true }) }, TURN_MS);
    expect(JSON.parse(message?.data.content ?? '') as Identity).toMatchObject({
      login: 'acme-bot',
      integrationId: 'acme-assistant',
      path: expect.stringMatching(/^\/mission-control\/tasks\/[0-9a-f-]{36}\/steer$/),
    });
  });

  it('blocks by policy, and the runtime hands on what it was told', async () => {
    const { client } = await start();
    await expect(client.createSession(cloud(POLICY_BLOCKED_OWNER))).rejects.toMatchObject({
      code: -32603,
      message: expect.stringContaining('"code":"policy_blocked"'),
    });
  });

  it('answers only those it knows, and only what it serves', async () => {
    const { host } = await start();
    const status = async (method: string, path: string, login?: string) => {
      const headers = login && { authorization: `Bearer ${standInGitHubToken(login)}` };
      return (await fetch(`${host.standIn}/mission-control${path}`, { method, ...(headers && { headers }) }))
        .status;
    };
    await expect(status('POST', '/tasks', 'acme-bot')).resolves.toBe(201);
    await expect(status('POST', '/tasks')).resolves.toBe(401);
    await expect(status('GET', '/tasks/none/events', 'acme-bot')).resolves.toBe(404);
    await expect(status('GET', '/else', 'acme-bot')).resolves.toBe(404);
  });

  it("shows nobody another one's task, and takes no prompt before the agent has started", async () => {
    const { host } = await start();
    const ask = (path: string, login: string, init: RequestInit = {}) =>
      fetch(`${host.standIn}/mission-control${path}`, {
        ...init,
        headers: { authorization: `Bearer ${standInGitHubToken(login)}` },
      });
    const created = await ask('/tasks', 'alice', { method: 'POST', body: '{}' });
    const { id } = (await created.json()) as { id: string };
    const steer = { method: 'POST', body: JSON.stringify({ type: 'user_message', content: 'hi' }) };
    expect((await ask(`/tasks/${id}/steer`, 'alice', steer)).status).toBe(409);
    expect((await ask(`/tasks/${id}/events`, 'bob')).status).toBe(404);
    expect(await (await ask(`/tasks/${id}/events`, 'alice')).json()).toEqual({ events: [] });
  });
});
