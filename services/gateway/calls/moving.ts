import { setTimeout as delay } from 'node:timers/promises';

import { CODE, messageOf, RpcError, sessionNotFound, unavailable } from '../errors.js';
import { outwardText } from '../ids.js';
import { isObject } from '../message.js';
import type { Session } from '../session.js';
import { LinkBroken, type Link } from '../upstream/link.js';
import type { Replica } from '../upstream/replica.js';

import type { Context } from './context.js';

/** Between two looks at whether something still runs in a session, in milliseconds. */
const LOOK_MS = 50;

/**
 * Lets go of the sessions of a replica that is about to end, each as soon as nothing runs in it. Their owners do not
 * notice: the next call about one of them brings it {@link home}.
 */
export function leave(context: Context, replica: Replica): void {
  for (const session of replica.sessions) session.leaving = letGo(context, session);
}

async function letGo({ sessions }: Context, session: Session): Promise<void> {
  const { link } = session;
  if (!link) return;
  const isThere = () => session.link === link && session.state !== 'detaching';
  while (isThere() && !(await rests(session, link))) await delay(LOOK_MS);
  if (!isThere()) return;
  sessions.park(session);
  const { upstreamId: sessionId } = session;
  await new Promise<void>((resolve) => link.call('session.detach', { sessionId }, () => resolve()));
}

async function rests(session: Session, link: Link): Promise<boolean> {
  const mayRest = () => session.state === 'attached' && !session.busy && session.calls === 0;
  if (!mayRest()) return false;
  try {
    const answer = await link.ask('session.metadata.activity', { sessionId: session.upstreamId });
    return mayRest() && isObject(answer) && answer.hasActiveWork !== true;
  } catch (error) {
    // What the runtime does not have in its memory any more rests.
    return error instanceof RpcError && mayRest();
  }
}

/** A link over which a session can begin a turn; attaches it again if its replica was replaced. @throws {Refusal} */
export function home(context: Context, session: Session): Promise<Link> {
  return (session.coming ??= comeHome(context, session).finally(() => (session.coming = undefined)));
}

async function comeHome(context: Context, session: Session): Promise<Link> {
  await session.leaving;
  while (isParked(context, session)) await bring(context, session);
  if (session.state === 'attached' && session.link) return session.link;
  throw session.state === 'lost' ? lost(session) : sessionNotFound('session.resume', session.id);
}

const isParked = ({ sessions }: Context, session: Session) =>
  session.state === 'parked' && sessions.get(session.upstreamId) === session;

/** One attempt; leaves it parked when the replica went down meanwhile. */
async function bring(context: Context, session: Session): Promise<void> {
  const { replica, link } = await placeFor(context, session);
  if (!link) throw unavailable(`the replica of session ${session.id} is being replaced: try again later`);
  if (!isParked(context, session)) return;
  session.state = 'returning';
  context.sessions.attach(session, replica, link);
  const { upstreamId: sessionId } = session;
  try {
    await attachAgain(session, link);
  } catch (error) {
    if (error instanceof LinkBroken) return;
    link.call('session.detach', { sessionId }, () => undefined);
    context.sessions.lose(session);
    const why = outwardText(session.tenant.prefix, messageOf(error));
    throw unavailable(
      `session ${session.id} could not go on after its replica was replaced (${why}): resume it`,
    );
  }
  // Its owner has closed the connection, or deleted it.
  if (session.state !== 'returning' || session.link !== link) return;
  session.state = 'attached';
  context.metrics.moved.inc({ replica: replica.id });
}

/** Its own replica, which has its history; any, where they share it or there is none yet. */
async function placeFor({ pool, locks }: Context, session: Session) {
  const { replica, id, upstreamId } = session;
  if (locks.shared || session.isNew || !replica) return pool.place(id, upstreamId, true);
  return { replica, link: await replica.linkWithin(pool.waitMs) };
}

async function attachAgain(session: Session, link: Link): Promise<void> {
  const { upstreamId: sessionId, options } = session;
  const create = () => link.ask('session.create', { ...options, sessionId });
  if (session.isNew) await create();
  else {
    // The owner never heard that it was away, and so does not hear that it is back.
    await link
      .ask('session.resume', { ...options, sessionId, disableResume: true })
      .catch((error: unknown) => {
        if (session.prompted || !isAbsent(error)) throw error;
        return create();
      });
  }
  for (const { method, params } of session.settings.values()) {
    await link.ask(method, { ...params, sessionId });
  }
}

const isAbsent = (error: unknown) =>
  error instanceof RpcError && error.code === CODE.failed && /session not found/i.test(error.message);

export const lost = ({ id }: Session) =>
  unavailable(`session ${id} was lost with its replica or its lock: resume it`);
