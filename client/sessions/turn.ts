import type { AssistantMessageEvent, CopilotSession } from '@github/copilot-sdk';
import pTimeout from 'p-timeout';

import { untilAborted, type Deadline } from './deadline.js';

/** Longest wait for a turn to stop, in milliseconds. */
const ABORT_MS = 5000;

/**
 * One turn, stopped when its time is up or the signal aborts, so that the session is free again. The `sendAndWait` of
 * the SDK leaves the turn running then, and a timer that keeps the process alive.
 */
export async function runTurn(
  session: CopilotSession,
  prompt: string,
  deadline: Deadline,
  signal: AbortSignal,
): Promise<AssistantMessageEvent | undefined> {
  deadline.check();
  signal.throwIfAborted();
  let answer: AssistantMessageEvent | undefined;
  let unsubscribe!: () => void;
  const finished = new Promise<void>((resolve, reject) => {
    unsubscribe = session.on((event) => {
      if (event.type === 'assistant.message') answer = event;
      else if (event.type === 'session.idle') resolve();
      else if (event.type === 'session.error') reject(new TurnError(event.data.message));
    });
  });
  let running = true;
  const done = Promise.all([session.send({ prompt }), finished]).finally(() => (running = false));
  try {
    await deadline.limit(untilAborted(done, signal));
    return answer;
  } catch (error) {
    // Until the end of this turn has been told, or the next one would take it for its own.
    if (running) {
      const stopped = Promise.all([session.abort(), finished]);
      await pTimeout(stopped, { milliseconds: ABORT_MS }).catch(() => undefined);
    }
    throw error;
  } finally {
    unsubscribe();
  }
}

/** A turn that the runtime ended with an error, e.g. because the model could not be reached. */
export class TurnError extends Error {
  override readonly name = 'TurnError';
}
