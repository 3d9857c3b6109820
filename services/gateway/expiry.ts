import { setTimeout as delay } from 'node:timers/promises';

import { TENANT_SEPARATOR } from '../../topology/pool-contract.js';

import { messageOf, Refusal } from './errors.js';
import type { SessionLocks } from './locks.js';
import type { Log } from './log.js';
import { isObject, type Json } from './message.js';
import type { Metrics } from './metrics.js';
import type { Pool } from './pool.js';
import type { Sessions } from './sessions.js';
import type { Link } from './upstream/link.js';

/** Longest wait for the first pass, in seconds: clients of a gateway that was just started come back first. */
const FIRST_PASS_SECONDS = 60;

/** Sessions that one pass deletes at most; the rest has time. */
const MAX_DELETED = 1000;

const HOUR_MS = 3_600_000;

export interface ExpiryProps {
  readonly pool: Pick<Pool, 'any'>;
  readonly sessions: Pick<Sessions, 'get'>;
  readonly locks: Pick<SessionLocks, 'shared' | 'take'>;
  readonly metrics: Metrics;
  readonly log: Pick<Log, 'info' | 'warn'>;
  /** Hours after its last prompt when a session is deleted; undefined for never. */
  readonly ttlHours: () => number | undefined;
  /** Between two passes. */
  readonly everySeconds: number;
}

/**
 * Deletes expired sessions where replicas share them, again and again: their hosts cannot tell whether another replica uses
 * one, while here there is the lock that says so, among all gateways of the pool.
 *
 * @param signal begins no further pass
 */
export async function expireSessions(props: ExpiryProps, signal: AbortSignal): Promise<void> {
  const { everySeconds, log } = props;
  let seconds = Math.min(FIRST_PASS_SECONDS, everySeconds);
  while (!signal.aborted) {
    await delay(seconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
    seconds = everySeconds;
    if (signal.aborted) return;
    try {
      const deleted = await pass(props, signal);
      if (deleted > 0) log.info({ sessions: deleted }, 'deleted expired sessions');
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'expired sessions could not be deleted: trying again next time');
    }
  }
}

/** @returns how many were deleted */
async function pass(props: ExpiryProps, signal: AbortSignal): Promise<number> {
  const ttlHours = props.ttlHours();
  if (ttlHours === undefined || !props.locks.shared) return 0;
  const before = Date.now() - ttlHours * HOUR_MS;
  // Any replica lists them all.
  const link = await props.pool.any();
  const answer = await link.ask('session.list', {});
  const listed = isObject(answer) && Array.isArray(answer.sessions) ? answer.sessions.filter(isObject) : [];
  let deleted = 0;
  for (const session of listed) {
    if (signal.aborted || deleted >= MAX_DELETED) break;
    if (isExpired(session, before) && (await expire(props, link, session.sessionId, before))) deleted++;
  }
  return deleted;
}

function isExpired(session: unknown, before: number): session is { readonly sessionId: string } {
  if (!isObject(session) || typeof session.sessionId !== 'string') return false;
  return session.sessionId.includes(TENANT_SEPARATOR) && Date.parse(String(session.modifiedTime)) < before;
}

/** Deletes one under its lock, if nobody has it and nobody has used it meanwhile. */
async function expire(props: ExpiryProps, link: Link, sessionId: string, before: number): Promise<boolean> {
  const { sessions, locks, metrics } = props;
  if (sessions.get(sessionId)) return false;
  const lease = await locks.take(sessionId, sessionId, 0).catch((error: unknown) => {
    // In use through another gateway.
    if (error instanceof Refusal) return undefined;
    throw error;
  });
  if (!lease) return false;
  try {
    const { session } = (await link.ask('session.getMetadata', { sessionId })) as { session?: Json };
    if (!isExpired(session, before)) return false;
    const { success } = (await link.ask('session.delete', { sessionId })) as { success?: boolean };
    if (success !== true) return false;
    metrics.expired.inc({ tenant: sessionId.split(TENANT_SEPARATOR, 1)[0]! });
    return true;
  } finally {
    await lease.release();
  }
}
