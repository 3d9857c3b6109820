import pTimeout from 'p-timeout';

import { RpcError, forbidden, sessionNotFound, unavailable } from '../errors.js';
import { isSessionId, MAX_SESSION_ID, outward, outwardText } from '../ids.js';
import type { Json } from '../message.js';
import type { Session } from '../session.js';
import type { Link, Outcome } from '../upstream/link.js';

import type { Call, Context } from './context.js';
import { home, lost } from './moving.js';

/** What changes settings of an attached session that are gone with its runtime. */
const KEPT: ReadonlySet<string> = new Set([
  'session.options.update',
  'session.eventLog.registerInterest',
  'session.model.switchTo',
  'session.model.setReasoningEffort',
  'session.permissions.setApproveAll',
  'session.name.set',
]);

/** The id in the parameters of a call, as the client knows it. @throws {RpcError} when it is none */
export function sessionIdOf({ method, params }: Call): string {
  const { sessionId } = params;
  // An id that no session can have is one that no session has.
  if (!isSessionId(sessionId)) throw sessionNotFound(method, sessionId);
  return sessionId;
}

/** The id for a session that is to be. @throws {Refusal} that says what ids look like */
export function newSessionIdOf({ method, params: { sessionId } }: Call): string {
  if (isSessionId(sessionId)) return sessionId;
  throw forbidden(
    `${method}: sessionId must be letters, digits, "_" and "-", at most ${MAX_SESSION_ID} of them: choose another`,
  );
}

/** A session that its replica takes calls about. */
export type AttachedSession = Session & { readonly link: Link };

/**
 * The session that a call is about, which the client must have attached over this very connection. Somebody else's
 * is looked for in the same way as one that is not there, and so not found in the same way.
 *
 * @throws {RpcError}
 */
export function ownSession(call: Call): Session {
  const session = call.client.sessions.get(sessionIdOf(call));
  if (session?.state === 'lost') throw lost(session);
  if (!session || session.state === 'attaching' || session.state === 'detaching') {
    throw sessionNotFound(call.method, call.params.sessionId);
  }
  return session;
}

export const isAttached = (session: Session): session is AttachedSession =>
  session.state === 'attached' && session.link !== undefined;

/**
 * Does something with the session of a call, as soon as its replica takes it: at once, or once the replica is replaced.
 *
 * @param begins whether it begins something, which a replica that is about to end does not take
 * @throws {RpcError}; {Refusal} when the replica does not come back in time
 */
export function whenHome(
  context: Context,
  call: Call,
  begins: (session: Session) => boolean,
  go: (session: AttachedSession) => void,
): void | Promise<void> {
  const session = ownSession(call);
  if (isAttached(session) && !(session.link.draining && begins(session))) return go(session);
  const milliseconds = Math.max(1, context.pool.waitMs);
  const message = unavailable(`the replica of session ${session.id} is being replaced: try again later`);
  return pTimeout(home(context, session), { milliseconds, message, signal: session.waiting }).then(() => {
    const again = ownSession(call);
    if (isAttached(again)) return go(again);
    throw lost(again);
  });
}

/** As {@link forward}, to where the session is attached. */
export function forwardTo(
  context: Context,
  call: Call,
  session: AttachedSession,
  onOutcome?: (outcome: Outcome) => void,
): void {
  const { method, params } = call;
  const kept = KEPT.has(method);
  if (!kept) session.isNew = false;
  session.calls++;
  forward(context, call, session.link, { ...params, sessionId: session.upstreamId }, (outcome) => {
    session.calls--;
    if (kept && 'result' in outcome) session.keep(method, params);
    onOutcome?.(outcome);
  });
}

/**
 * Passes a call on and hands its answer back, in the order of what the runtime says.
 *
 * @param onOutcome returns `answered` when somebody else gives the answer
 */
export function forward(
  context: Context,
  call: Call,
  link: Link,
  params: Json,
  onOutcome?: (outcome: Outcome) => 'answered' | void,
): void {
  const { client, tenant } = call;
  client.inFlight++;
  context.metrics.calls.inc({ tenant: tenant.id });
  const begun = performance.now();
  link.call(call.method, params, (outcome) => {
    client.inFlight--;
    context.metrics.callSeconds.observe((performance.now() - begun) / 1000);
    if (onOutcome?.(outcome) !== 'answered') reply(context, call, outcome);
  });
  context.relieve(client, link);
}

/** Gives a client what a runtime answered, without what only the runtime should know. */
export function reply(context: Context, call: Call, outcome: Outcome): void {
  const { client, tenant, id } = call;
  if ('result' in outcome) client.answer(id, outward(tenant.prefix, outcome.result));
  else if ('error' in outcome) {
    const { code, message } = outcome.error;
    client.fail(id, new RpcError(code, outwardText(tenant.prefix, String(message))));
  } else {
    const message = `the replica went down during ${call.method}: try again`;
    context.fail(call, unavailable(message, { passedOn: true }));
  }
}
