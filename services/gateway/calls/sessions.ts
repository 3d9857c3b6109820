import { CODE, forbidden, RpcError } from '../errors.js';
import { isSessionId, inward, outward } from '../ids.js';
import { isObject, type Json } from '../message.js';
import type { Session } from '../session.js';
import type { Link } from '../upstream/link.js';

import { forward, forwardTo, isAttached, ownSession, whenHome } from './call.js';
import type { Call, Context } from './context.js';

/** What stops a turn, and what a runtime answers to it where none runs. */
const STOPS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['session.abort', { success: true }],
  ['session.interruptMainTurn', { interrupted: false }],
]);

/** A call about an attached session. */
export function session(context: Context, call: Call): void | Promise<void> {
  const { policy } = call.tenant;
  const own = ownSession(call);
  const stopped = STOPS.get(call.method);
  if (stopped) {
    own.refuseWaiting(new RpcError(CODE.failed, 'the turn was stopped before it had begun'));
    if (!isAttached(own)) return call.client.answer(call.id, stopped);
  }
  if (call.method === 'session.model.switchTo' && context.poolHasIdentity) {
    if (!own.ownIdentity && !policy.poolIdentity) {
      throw forbidden(`${call.method}: the session has no identity of its own`);
    }
  }
  return whenHome(context, call, never, (attached) =>
    forwardTo(context, call, attached, (outcome) => {
      if (call.method !== 'session.getMessages' || !('result' in outcome)) return;
      const { events } = (outcome.result ?? {}) as { events?: unknown };
      if (Array.isArray(events)) for (const event of events) attached.learn(event);
    }),
  );
}

const never = () => false;

/** A call that begins a turn, or adds to the one that runs. */
export function turn(context: Context, call: Call): void | Promise<void> {
  const begins = ({ busy }: Session) => !busy || call.params.mode !== 'immediate';
  return whenHome(context, call, begins, (attached) => {
    const wasBusy = attached.busy;
    attached.beginTurn();
    forwardTo(context, call, attached, (outcome) => {
      if ('result' in outcome) attached.prompted = true;
      else if (!wasBusy) attached.endTurn();
    });
  });
}

/** An answer to what the runtime asked in this very session: a runtime takes one for any of its sessions. */
export function reply(context: Context, call: Call): void {
  const own = ownSession(call);
  if (!isAttached(own) || !own.asked(call.params.requestId)) {
    // What the runtime answers to a request that there is not.
    call.client.answer(call.id, { success: false });
    return;
  }
  forwardTo(context, call, own);
}

export async function detach(context: Context, call: Call): Promise<void> {
  const { sessionId } = call.params;
  const own = isSessionId(sessionId) ? call.client.sessions.get(sessionId) : undefined;
  await own?.coming?.catch(() => undefined);
  if (own && isAttached(own)) {
    own.state = 'detaching';
    forward(context, call, own.link, { sessionId: own.upstreamId }, (outcome) =>
      context.sessions.release(own, !('broken' in outcome)),
    );
    return;
  }
  // What the runtime answers to a session that there is not; one that is lost or parked is let go.
  if (own?.state === 'parked') await own.leaving;
  if (own?.state === 'parked' || own?.state === 'lost') context.sessions.release(own);
  call.client.answer(call.id, { success: true });
}

export async function metadata(context: Context, call: Call): Promise<void> {
  const found = await find(context, call);
  const answer = found?.metadata && outward(call.tenant.prefix, found.metadata);
  call.client.answer(call.id, answer ? { session: answer } : {});
}

export async function remove(context: Context, call: Call): Promise<void> {
  const found = await find(context, call);
  if (!found) {
    const error = `Session file not found for ${String(call.params.sessionId)}`;
    call.client.answer(call.id, { success: false, error });
    return;
  }
  const { upstreamId } = found;
  // Attached here, the lock is ours already; attached elsewhere, whoever has it would write on.
  const lease = context.sessions.get(upstreamId)
    ? undefined
    : await context.locks.take(upstreamId, String(call.params.sessionId), context.pool.waitMs);
  forward(context, call, found.link, { sessionId: upstreamId }, (outcome) => {
    const gone = 'result' in outcome && isObject(outcome.result) && outcome.result.success === true;
    void lease?.release();
    const attached = context.sessions.get(upstreamId);
    if (gone && attached) context.sessions.release(attached);
    if ('result' in outcome && isObject(outcome.result) && typeof outcome.result.error === 'string') {
      outcome.result.error = outcome.result.error.replaceAll(call.tenant.prefix, '');
    }
  });
}

/** Where a session of the tenant is: attached here, or at home on some replica. */
async function find(
  { sessions, pool }: Context,
  { tenant, params }: Call,
): Promise<{ link: Link; upstreamId: string; metadata?: Json } | undefined> {
  if (!isSessionId(params.sessionId)) return undefined;
  const upstreamId = inward(tenant.prefix, params.sessionId);
  const link = sessions.get(upstreamId)?.link;
  if (!link) {
    const home = await pool.homeOf(upstreamId);
    return home && { upstreamId, link: home.link, metadata: home.metadata };
  }
  const answer = (await link.ask('session.getMetadata', { sessionId: upstreamId })) as { session?: Json };
  return { link, upstreamId, ...(answer.session && { metadata: answer.session }) };
}

export async function list(context: Context, call: Call): Promise<void> {
  call.client.answer(call.id, { sessions: outward(call.tenant.prefix, await ownSessions(context, call)) });
}

/** The session of the tenant that was changed last; a runtime would name that of any tenant. */
export async function last(context: Context, call: Call): Promise<void> {
  const [newest] = (await ownSessions(context, call)).sort((a, b) =>
    String(b.modifiedTime).localeCompare(String(a.modifiedTime)),
  );
  call.client.answer(call.id, newest ? outward(call.tenant.prefix, { sessionId: newest.sessionId }) : {});
}

async function ownSessions({ pool }: Context, { tenant, params }: Call): Promise<Json[]> {
  const answers = await pool.all('session.list', params);
  const own = answers
    .flatMap((answer) => (isObject(answer) && Array.isArray(answer.sessions) ? answer.sessions : []))
    .filter(isObject)
    .filter(({ sessionId }) => typeof sessionId === 'string' && sessionId.startsWith(tenant.prefix));
  // Replicas that share their storage all list the same.
  return [...new Map(own.map((entry) => [entry.sessionId, entry])).values()];
}
