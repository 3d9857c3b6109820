import { defineTool, type CopilotClient, type SessionEvent } from '@github/copilot-sdk';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { directive } from '../../../topology/stand-in.js';
import { TestPool } from './support/pool.js';

let pool: TestPool;
beforeAll(async () => {
  pool = await TestPool.start();
});
afterAll(() => pool?.close());

/** What follows an abort or a disconnect comes as it happens. */
const UNORDERED: ReadonlySet<string> = new Set([
  'abort',
  'agent.interrupted',
  'assistant.turn_end',
  'session.shutdown',
]);

/** Everything that an application does, and what it sees of it. */
async function scenario(client: CopilotClient) {
  const lifecycle: string[] = [];
  const stopListening = client.onLifecycle((event) => {
    lifecycle.push(`${event.type} ${event.sessionId}`);
  });
  const permissions: unknown[] = [];
  const hooked: unknown[] = [];
  const calls: unknown[] = [];
  const tools = [
    defineTool('lookup', {
      description: 'looks up',
      parameters: { type: 'object', properties: { id: { type: 'string' } } },
      handler: (args: unknown) => {
        calls.push(args);
        return 'found it';
      },
    }),
  ];
  const config = pool.session({
    sessionId: 's1',
    streaming: true,
    tools,
    onPermissionRequest: (request) => {
      permissions.push(request.kind);
      return { kind: 'approve-once' };
    },
    // A request of the runtime to its client, as others are.
    hooks: {
      onPreToolUse: ({ toolName }) => {
        hooked.push(toolName);
      },
    },
  });
  const events: SessionEvent[] = [];
  const session = await client.createSession(config);
  session.on((event) => void events.push(event));
  const answer = async (prompt: string) => (await session.sendAndWait({ prompt }, 20_000))?.data.content;
  const answers = [
    await answer('hello'),
    await answer(directive({ call: { tool: 'lookup', arguments: { id: '7' } } })),
    await answer(directive({ stream: { chunks: 5, intervalMs: 1 } })),
  ];
  await session.send({ prompt: directive({ stream: { chunks: 500, intervalMs: 20 } }) });
  await new Promise<void>((resolve) => {
    session.on('assistant.message_delta', () => resolve());
  });
  const idle = new Promise<void>((resolve) => {
    session.on('session.idle', () => resolve());
  });
  await session.abort();
  await idle;
  const history = (await session.getEvents()).map(({ type }) => type).filter((type) => !UNORDERED.has(type));
  const metadata = await client.getSessionMetadata('s1');
  const listed = (await client.listSessions()).map(({ sessionId }) => sessionId);
  const last = await client.getLastSessionId();
  await session.disconnect();
  const resumed = await client.resumeSession('s1', config);
  const remembered = (await resumed.sendAndWait({ prompt: directive({ recall: true }) }, 20_000))?.data
    .content;
  await resumed.disconnect();
  await client.deleteSession('s1');
  const gone = await client.getSessionMetadata('s1');
  const error = await client.resumeSession('s1', config).catch((e: Error) => e.message);
  const ping = (await client.ping('hi')).message;
  stopListening();
  return {
    seen: {
      answers,
      permissions,
      hooked,
      calls,
      history,
      listed,
      last,
      remembered: JSON.parse(remembered ?? 'null') as unknown,
      gone,
      error,
      ping,
      summary: metadata?.summary,
      // What is not in the journal may come before or after the end of a turn, as it happens.
      types: [...new Set(events.map(({ type }) => type))].filter((type) => !UNORDERED.has(type)).sort(),
      lifecycle: [...new Set(lifecycle)].sort(),
    },
    events,
  };
}

/** The pieces of the streamed answer, put together as they came. */
function streamed(events: readonly SessionEvent[]): string {
  return events
    .flatMap((event) => (event.type === 'assistant.message_delta' ? [event.data.deltaContent] : []))
    .join('');
}

describe('an unchanged SDK client', () => {
  it('sees through the gateway what it sees directly', async () => {
    const direct = await scenario(await pool.direct());
    const through = await scenario(await pool.client('acme'));
    expect(through.seen).toEqual(direct.seen);
    expect(direct.seen.answers[0]).toBe('stand-in reply to: hello');
    expect(direct.seen.calls).toEqual([{ id: '7' }]);
    expect(direct.seen.hooked).toEqual(['lookup']);
    expect(direct.seen.permissions).toEqual(['custom-tool']);
    expect(direct.seen.types.length).toBeGreaterThan(25);
    expect(direct.seen.history.length).toBeGreaterThan(20);
    expect(direct.seen.error).toContain('Session not found: s1');
    for (const { events, seen } of [direct, through]) {
      expect(streamed(events)).toContain(seen.answers[2]);
      // Another order would be noticed.
      expect(streamed([...events].reverse())).not.toContain(seen.answers[2]);
    }
  });
});
