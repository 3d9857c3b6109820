import pRetry, { AbortError } from 'p-retry';

import { GATEWAY_CODE } from '../gateway-codes.js';
import type { Party } from '../party.js';
import type { Answer, RawConnection } from '../raw-connection.js';
import type { Workbench } from '../workbench.js';

/** How long the gateway may take to notice that a connection is gone. */
const NOTICED_WITHIN_MS = 5000;

/** Asks for a session over another connection, by a call of its own: it is the gateway that is tried, not a client. */
export async function resumeOver(
  connection: RawConnection,
  bench: Workbench,
  party: Party,
  sessionId: string,
): Promise<Answer> {
  const { onPermissionRequest: _, ...options } = await bench.sessionConfig(party);
  return connection.call('session.resume', { ...options, sessionId });
}

/**
 * Takes a session over whose connection was closed.
 *
 * @returns its history as text
 * @throws Error with what the gateway says where it cannot be taken over
 */
export async function takeOver(
  connection: RawConnection,
  bench: Workbench,
  party: Party,
  sessionId: string,
): Promise<string> {
  const attempt = async () => {
    const answer = await resumeOver(connection, bench, party, sessionId);
    if ('result' in answer) return;
    const { code, message } = answer.error;
    throw code === GATEWAY_CODE.forbidden ? new Error(message) : new AbortError(message);
  };
  await pRetry(attempt, { retries: 100, factor: 1, minTimeout: 50, maxRetryTime: NOTICED_WITHIN_MS });
  const answer = await connection.call('session.getMessages', { sessionId });
  if ('error' in answer) throw new Error(answer.error.message);
  return JSON.stringify(answer.result);
}
