import pTimeout from 'p-timeout';
import { messageOf } from './failure.js';
import type { RuntimeLink } from './link.js';
import type { Log } from './log.js';
import type { Turns } from './turns.js';

/** How long telling the owners of unfinished turns may take, in milliseconds. */
const NOTICE_MS = 5000;

const NOTICE = 'the runtime stops, and this turn could not finish in time: resume the session and ask again';

export interface DrainProps {
  readonly link: Pick<RuntimeLink, 'open' | 'call'>;
  readonly turns: Turns;
  /** Sessions that the runtime has in its memory. */
  readonly liveSessions: () => readonly string[];
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
    await pTimeout(turns.survey(props.liveSessions()), { milliseconds: Infinity, signal: props.forced });
    const { length } = turns.running;
    if (length > 0) log.info({ turns: length, seconds }, 'waiting for running turns');
    await turns.idle(signal);
  } catch (error) {
    if (!signal.aborted) log.warn({ reason: messageOf(error) }, 'the runtime cannot say which turns run');
  }
  const left = turns.running;
  const ending = Promise.all(left.map((session) => end(link, session)));
  await pTimeout(ending, { milliseconds: NOTICE_MS }).catch((error: unknown) =>
    log.warn({ reason: messageOf(error) }, 'not every owner of an unfinished turn could be told'),
  );
  const took = (performance.now() - begun) / 1000;
  log.info({ seconds: Math.round(took * 10) / 10, unfinished: left.length }, 'drained');
  return { seconds: took, unfinished: left.length };
}

/** The notice makes `sendAndWait` of the owner reject, and is kept in the history. */
async function end(link: DrainProps['link'], sessionId: string): Promise<void> {
  await link.call('session.log', { sessionId, level: 'error', type: 'runtime_stopping', message: NOTICE });
  await link.call('session.abort', { sessionId });
}
