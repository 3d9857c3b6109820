import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

/** Connections, as of so many replicas of a back end, and sessions that each creates without an id of their own. */
const CONNECTIONS = 2;
const COUNT = 2;

export const sessionIdsUnique: Check = {
  id: 'session-ids-unique',
  why: 'Sessions created without an id get one that no other session has, since creating under an id that exists attaches to it.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  async run(bench, { from }) {
    const token = await bench.connectionToken(from);
    const config = await bench.sessionConfig(from);
    const ids = new Set<string>();
    for (let connection = 0; connection < CONNECTIONS; connection++) {
      const client = await bench.connect(from, token);
      for (let n = 0; n < COUNT; n++) {
        const { sessionId } = await client.createSession(config);
        bench.track(from, sessionId);
        if (ids.has(sessionId)) throw failure(sessionId);
        ids.add(sessionId);
      }
    }
    return undefined;
  },
};

function failure(sessionId: string): CheckFailure {
  const all = CONNECTIONS * COUNT;
  return new CheckFailure({
    expected: `${all} sessions on ${CONNECTIONS} connections with ${all} ids`,
    seen: `the id ${sessionId} twice`,
    advice: 'let the SDK choose ids, or put a random part into your own',
  });
}
