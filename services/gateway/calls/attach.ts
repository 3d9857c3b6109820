import type { Client } from '../client.js';
import { forbidden, RpcError, unavailable, CODE } from '../errors.js';
import { inward } from '../ids.js';
import { lostEvent } from '../lost-event.js';
import type { Json } from '../message.js';
import { sessionOptions } from '../policy/session-options.js';
import type { Session } from '../session.js';
import { taken } from '../sessions.js';
import type { Link, Outcome } from '../upstream/link.js';
import type { Replica } from '../upstream/replica.js';

import { forward, newSessionIdOf, sessionIdOf } from './call.js';
import type { Call, Context } from './context.js';

/** Creates a session under an id that the tenant has no session of yet. */
export async function create(context: Context, call: Call): Promise<void> {
  const { client, tenant, params } = call;
  const options = sessionOptions('session.create', params, tenant.policy, context.poolHasIdentity);
  const id = newSessionIdOf(call);
  await detached(context, inward(tenant.prefix, id));
  const session = context.sessions.reserve(tenant, client, id);
  try {
    await lock(context, session);
    // The runtime would silently attach to it, and run it with other options than it was created with.
    if (await context.pool.homeOf(session.upstreamId, false)) {
      throw forbidden(`session ${id} exists already: resume it, or choose another id`);
    }
    const { replica, link } = await context.pool.place(id, session.upstreamId);
    session.prompted = false;
    session.isNew = true;
    attach(context, call, session, replica, link, options, create);
  } catch (error) {
    context.sessions.release(session);
    throw error;
  }
}

/** Resumes a session where it is at home. */
export async function resume(context: Context, call: Call): Promise<void> {
  const { client, tenant, params } = call;
  const options = sessionOptions('session.resume', params, tenant.policy, context.poolHasIdentity);
  const id = sessionIdOf(call);
  const upstreamId = inward(tenant.prefix, id);
  await detached(context, upstreamId);
  await settled(context, client, upstreamId);
  const known = context.sessions.get(upstreamId);
  if (known?.owner === client && known.state === 'attached' && known.link) {
    // Once more over the same connection: the runtime does not count, and so nor do we.
    forward(context, call, known.link, { ...options, sessionId: upstreamId });
    return;
  }
  if (known) throw taken(id);
  const session = context.sessions.reserve(tenant, client, id);
  try {
    await lock(context, session);
    const home = await context.pool.homeOf(upstreamId);
    if (!home) {
      throw new RpcError(
        CODE.failed,
        `Request session.resume failed with message: Failed to load session events: Session not found: ${id}`,
      );
    }
    const { replica } = context.locks.shared ? await context.pool.place(id, upstreamId) : home;
    const link = await replica.linkWithin(context.pool.waitMs);
    if (!link) throw unavailable(`the replica of session ${id} is down: try again later`);
    if (!context.pool.hasRoom(replica)) throw context.pool.full();
    attach(context, call, session, replica, link, options, resume);
  } catch (error) {
    context.sessions.release(session);
    throw error;
  }
}

/** Waits until the session is free that an earlier connection has just let go of. */
async function detached(context: Context, upstreamId: string): Promise<void> {
  const known = context.sessions.get(upstreamId);
  if (known?.state === 'detaching') await known.released;
}

/** What this very client has attached, and its replica has let go of for a while, is free to be resumed anew. */
async function settled({ sessions }: Context, client: Client, upstreamId: string): Promise<void> {
  const known = sessions.get(upstreamId);
  if (known?.owner !== client) return;
  await known.coming?.catch(() => undefined);
  if (known.state !== 'parked') return;
  await known.leaving;
  sessions.release(known);
  await known.released;
}

/** Where replicas share their storage, a session is attached nowhere else while it is here. */
async function lock(context: Context, session: Session): Promise<void> {
  const lease = await context.locks.take(session.upstreamId, session.id, context.pool.waitMs);
  if (!lease) return;
  session.lease = lease;
  lease.signal.addEventListener('abort', () => {
    if (HELD.has(session.state)) abandon(context, session);
  });
}

/** States in which its owner takes a session for attached. */
const HELD: ReadonlySet<Session['state']> = new Set(['attached', 'parked', 'returning']);

/** Lets go of a session whose lock was lost, for somebody else may write to it by now. */
function abandon({ sessions }: Context, session: Session): void {
  session.link?.call('session.detach', { sessionId: session.upstreamId }, () => undefined);
  sessions.lose(session);
  const event = lostEvent('the lock of this session was lost');
  session.owner.notify('session.event', { sessionId: session.id, event });
}

function attach(
  context: Context,
  call: Call,
  session: Session,
  replica: Replica,
  link: Link,
  options: Json,
  again: (context: Context, call: Call) => Promise<void>,
): void {
  session.options = options;
  session.ownIdentity = typeof options.gitHubToken === 'string' || options.provider !== undefined;
  // Before the call: a runtime sends events and asks its client for credentials while it creates a session.
  context.sessions.attach(session, replica, link);
  const done = (outcome: Outcome): 'answered' | undefined => {
    if (!('result' in outcome)) {
      context.sessions.release(session, !('broken' in outcome));
      if (!link.draining || !hasEnded(outcome)) return undefined;
      // Its replica was replaced before anything came of it.
      again(context, call).catch((error: unknown) => context.fail(call, error));
      return 'answered';
    }
    if (session.lease?.signal.aborted) abandon(context, session);
    else if (session.owner.closed) detach(context, session);
    else session.state = 'attached';
    return undefined;
  };
  forward(context, call, link, { ...options, sessionId: session.upstreamId }, done);
}

const hasEnded = (outcome: Outcome) =>
  'broken' in outcome || ('error' in outcome && outcome.error.code === CODE.shuttingDown);

/** Takes a session from a client that is gone, and with it what the client was to answer. */
export function detach(context: Pick<Context, 'sessions'>, session: Session): void {
  if (session.state === 'detaching') return;
  session.state = 'detaching';
  const { link, upstreamId } = session;
  session.refuseWaiting(unavailable('the connection was closed'));
  if (!link) void Promise.resolve(session.leaving).then(() => context.sessions.release(session));
  else {
    link.call('session.detach', { sessionId: upstreamId }, (outcome) =>
      context.sessions.release(session, !('broken' in outcome)),
    );
  }
}
