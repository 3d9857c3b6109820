import pRetry, { AbortError } from 'p-retry';

import { CheckFailure } from '../check-failure.js';
import { GATEWAY_CODE } from '../gateway-codes.js';
import type { Check } from '../model.js';
import type { Answer, RawConnection } from '../raw-connection.js';

import { leaveMark } from './history.js';
import { replicasWith } from './replicas.js';
import { killRuntime, restartDeadline } from './restart.js';
import { takeOver } from './takeover.js';

export const poolHistoryAfterRestart: Check = {
  id: 'pool-history-after-restart',
  why: 'While a replica is down its sessions are unavailable and never gone, or applications would start them anew; then they go on with their history.',
  scope: 'gateway',
  disruptive: true,
  maySkipOn: ['local', 'kubernetes', 'azure'],
  deadlineMs: restartDeadline,
  async run(bench, { from }) {
    const session = await bench.session(from);
    const { sessionId } = session;
    const mark = await leaveMark(bench, session);
    const [replica] = await replicasWith(bench, from, sessionId);
    if (replica === undefined) return { skipped: 'no replica lists the session, see sticky-session' };
    // Another connection, for this one is told by itself that its session was lost.
    const asking = await bench.raw(from);
    const back = await killRuntime(bench, replica);
    const over = new AbortController();
    const known = stillKnown(asking, sessionId, over.signal);
    // It may fail at once, and is heard when the replica is back: nothing goes on behind the end of the check.
    known.catch(() => undefined);
    try {
      await back();
      await known;
    } finally {
      over.abort();
    }
    // Lets go of what was lost with the replica.
    await bench.hangUp(from);
    const history = await takeOver(asking, bench, from, sessionId);
    if (!history.includes(mark)) {
      throw failure(`the history to be whole after a restart of ${replica}`, 'what was said before is gone');
    }
    return undefined;
  },
};

/** Asks for a session until it is there again; "unavailable" is the one other answer that may come meanwhile. */
async function stillKnown(connection: RawConnection, sessionId: string, signal: AbortSignal): Promise<void> {
  await pRetry(
    async () => {
      const answer = await connection.call('session.getMetadata', { sessionId }).catch((error: Error) => {
        throw new AbortError(error);
      });
      if (isThere(answer)) return;
      const seen = failure(
        'a session whose replica is down to be unavailable until it is back',
        'error' in answer ? answer.error.message : 'it was said not to exist',
      );
      const unavailable = 'error' in answer && answer.error.code === GATEWAY_CODE.unavailable;
      throw unavailable ? seen : new AbortError(seen);
    },
    { retries: 1000, factor: 1, minTimeout: 100, maxRetryTime: 500_000, signal },
  );
}

const isThere = (answer: Answer) =>
  'result' in answer && (answer.result as { session?: unknown } | null)?.session !== undefined;

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see that the gateway is of this version, and that COPILOT_HOME of each replica lies on its volume',
  });
}
