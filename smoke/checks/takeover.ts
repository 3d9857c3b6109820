import pRetry, { AbortError } from 'p-retry';

import { GATEWAY_CODE } from '../gateway-codes.js';
import type { Party } from '../party.js';
import type { Answer, RawConnection } from '../raw-connection.js';
import type { Workbench } from '../workbench.js';

/** How long a session may be held after its connection is gone: replicas that share their storage wait for its lock. */
const FREE_WITHIN_MS = 30_000;

/** What a gateway answers about a session that another connection holds. */
export const HELD: readonly number[] = [GATEWAY_CODE.forbidden, GATEWAY_CODE.unavailable];

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
    throw HELD.includes(code) ? new Error(message) : new AbortError(message);
  };
  await pRetry(attempt, { retries: 1000, factor: 1, minTimeout: 50, maxRetryTime: FREE_WITHIN_MS });
  const answer = await connection.call('session.getMessages', { sessionId });
  if ('error' in answer) throw new Error(answer.error.message);
  return JSON.stringify(answer.result);
}
