import { setTimeout as delay } from 'node:timers/promises';
import pTimeout from 'p-timeout';
import { messageOf } from './failure.js';
import type { Gateways } from './gateways.js';
import type { RuntimeLink } from './link.js';
import type { Log } from './log.js';
import type { Turns } from './turns.js';

/** How long telling the owners of unfinished turns may take, in milliseconds. */
const NOTICE_MS = 5000;

/**
 * How long after the last change of a session its owner may not have heard of it yet, in milliseconds. The runtime says
 * that a turn is over before it has sent the end of it, by far when the machine is busy; what it has not sent when it is
 * told to stop is lost, and the owner waits for ever.
 */
const DELIVERY_MS = 500;

const NOTICE = 'the runtime stops, and this turn could not finish in time: resume the session and ask again';

export interface DrainProps {
  readonly link: Pick<RuntimeLink, 'open' | 'call'>;
  readonly turns: Turns;
  /** Sessions that the runtime has in its memory. */
  readonly liveSessions: () => readonly string[];
  /** Those of a pool. @default - whoever is connected can begin turns until the end */
  readonly gateways?: Gateways;
  readonly seconds: number;
  /** Ends the waiting. */
  readonly forced: AbortSignal;
  readonly log: Log;
}

/** How a drain went. */
export interface Drained {
  readonly seconds: number;
  /** Turns that were ended before they had finished. */
  readonly unfinished: number;
}

/**
 * Lets running turns finish. Those that have not by then are ended in a way that their owners hear of at once and find in
 * the history later: the runtime itself would end them in silence. Never rejects.
 */
export async function drain(props: DrainProps): Promise<Drained> {
  const { link, turns, seconds, log } = props;
  const begun = performance.now();
  const signal = AbortSignal.any([props.forced, AbortSignal.timeout(seconds * 1000)]);
  try {
    await link.open();
    await tell(props);
    await pTimeout(turns.survey(props.liveSessions()), { milliseconds: Infinity, signal: props.forced });
    const { length } = turns.running;
    if (length > 0) log.info({ turns: length, seconds }, 'waiting for running turns');
    await quiet(props, signal);
  } catch (error) {
    if (!signal.aborted) log.warn({ reason: messageOf(error) }, 'the runtime cannot say which turns run');
  }
  const left = turns.running;
  const ending = Promise.all(left.map((session) => end(link, session)));
  await pTimeout(ending, { milliseconds: NOTICE_MS }).catch((error: unknown) =>
    log.warn({ reason: messageOf(error) }, 'not every owner of an unfinished turn could be told'),
  );
  if (left.length > 0 || turns.quietMs < DELIVERY_MS) {
    await delay(DELIVERY_MS, undefined, { signal: props.forced }).catch(() => undefined);
  }
  const took = (performance.now() - begun) / 1000;
  log.info({ seconds: Math.round(took * 10) / 10, unfinished: left.length }, 'drained');
  return { seconds: took, unfinished: left.length };
}

async function tell({ gateways, forced, log }: DrainProps): Promise<void> {
  if (!gateways) return;
  try {
    await pTimeout(gateways.tell(), { milliseconds: Infinity, signal: forced });
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'the gateways could not be told: turns may begin until the end');
  }
}

/**
 * Settles when no turn runs and the end of each has been heard of, and behind a gateway only when none can begin either.
 *
 * @throws AbortError by the signal
 */
async function quiet(props: DrainProps, signal: AbortSignal): Promise<void> {
  const { gateways, turns, liveSessions } = props;
  do {
    await turns.idle(signal);
    await gateways?.letGo(() => signal.aborted || turns.running.length > 0);
    await delivered(props, signal);
    // What a client has just begun is not heard of at once.
    if (!signal.aborted) await pTimeout(turns.survey(liveSessions()), { milliseconds: Infinity, signal });
  } while (turns.running.length > 0 || turns.quietMs < DELIVERY_MS);
}

/** Settles when what happened to sessions has reached their owners. @throws AbortError by the signal */
async function delivered({ turns }: DrainProps, signal: AbortSignal): Promise<void> {
  while (turns.quietMs < DELIVERY_MS) await delay(DELIVERY_MS - turns.quietMs, undefined, { signal });
}

/** The notice makes `sendAndWait` of the owner reject, and is kept in the history. */
async function end(link: DrainProps['link'], sessionId: string): Promise<void> {
  await link.call('session.log', { sessionId, level: 'error', type: 'runtime_stopping', message: NOTICE });
  await link.call('session.abort', { sessionId });
}
