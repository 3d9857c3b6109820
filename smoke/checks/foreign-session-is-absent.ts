import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import type { RawConnection } from '../raw-connection.js';

/** Calls of each kind that take an id, with what else they want. */
export const CALLS_WITH_ID: Readonly<Record<string, object>> = {
  'session.getMetadata': {},
  'session.getMessages': {},
  'session.metadata.snapshot': {},
  'session.model.getCurrent': {},
  'session.name.get': {},
  'session.usage.getMetrics': {},
  'session.queue.pendingItems': {},
  'session.permissions.pendingRequests': {},
  'session.eventLog.registerInterest': { eventType: 'assistant.message' },
  'session.tools.handlePendingToolCall': { requestId: 'smoke', result: 'smoke' },
  'session.permissions.setApproveAll': { enabled: false },
  'session.name.set': { name: 'smoke' },
  'session.log': { message: 'smoke' },
  'session.history.compact': {},
  'session.abort': {},
  'session.send': { prompt: 'smoke' },
  'session.resume': { availableTools: ['custom:*'] },
  'session.detach': {},
  'session.delete': {},
};

export const foreignSessionIsAbsent: Check = {
  id: 'foreign-session-is-absent',
  why: 'For each call a session of another tenant is answered like one that is not there: nobody learns that it exists, nor changes it.',
  scope: 'pool',
  maySkipOn: [],
  async run(bench, { from, to }) {
    const victim = await bench.session(to!);
    await bench.say(victim, 'noted');
    const before = (await victim.getEvents()).length;
    const intruder = await bench.raw(from);
    for (const [method, params] of Object.entries(CALLS_WITH_ID)) {
      const [foreign, absent] = await Promise.all(
        [victim.sessionId, bench.newSessionId()].map((id) => told(intruder, method, params, id)),
      );
      if (foreign === absent) continue;
      throw failure(`${method} to answer ${from} as for a session that is not there: ${absent}`, foreign!);
    }
    const after = (await victim.getEvents()).length;
    if (after !== before)
      throw failure('the session to stay as it was', `it has ${after - before} new events`);
    return undefined;
  },
};

/** The answer to a call, but for the id and the time. */
async function told(connection: RawConnection, method: string, params: object, id: string): Promise<string> {
  const answer = await connection.call(method, { ...params, sessionId: id });
  return JSON.stringify(answer).replaceAll(id, '<id>').slice(0, 300);
}

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see that tenants connect to a gateway of this version, which looks ids up with the tenant before them',
  });
}
