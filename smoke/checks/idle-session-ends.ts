import { setTimeout as delay } from 'node:timers/promises';

import type { Manifest } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check, Subject } from '../model.js';

import { expectRecalled, leaveMark } from './history.js';

/** Idle timeouts up to this are waited for in every run; longer ones with --exhaustive. */
const WAITED_FOR_SECONDS = 15;
/** How much later than the timeout a session may end: the npm CLI looks for idle sessions every 300 s only. */
const LATE_SECONDS = { native: 20, cli: 330 } as const;
/** The runtime's clock starts a little before ours: with the end of the turn, not with the arrival of its answer. */
const EARLY_MS = 1000;

function longestMs({ from }: Subject, { runtimes }: Manifest): number {
  const { idleTimeoutSeconds, binary } = runtimes[from]!.expect;
  return (idleTimeoutSeconds + LATE_SECONDS[binary]) * 1000;
}

export const idleSessionEnds: Check = {
  id: 'idle-session-ends',
  why: 'An idle session is ended after the timeout and not before, which frees its memory, and can be resumed with its history.',
  scope: 'runtime',
  maySkipOn: ['local', 'kubernetes', 'azure'],
  inapplicable: ({ from }, { runtimes }) =>
    runtimes[from]?.expect.idleTimeoutSeconds === 0 ? 'the topology sets no idle timeout' : undefined,
  deadlineMs: (subject, manifest) => longestMs(subject, manifest) + 30_000,
  async run(bench, subject) {
    const { from } = subject;
    const seconds = bench.runtime(from).expect.idleTimeoutSeconds;
    if (seconds > WAITED_FOR_SECONDS && !bench.options.exhaustive) {
      return {
        skipped: `it would take ${seconds} s, see idle-timeout for the arguments: --exhaustive waits for it`,
      };
    }
    const session = await bench.session(from);
    const mark = await leaveMark(bench, session);
    const begun = Date.now();
    // The runtime announces nothing; reading events is no activity to it. Any other error, a lost connection say, is
    // no end of a session.
    const ended = () =>
      session.getEvents().then(
        () => false,
        (error: unknown) => {
          if (error instanceof Error && /session not found/i.test(error.message)) return true;
          throw error;
        },
      );
    while (!(await ended())) {
      if (Date.now() - begun > longestMs(subject, bench.manifest)) {
        throw new CheckFailure({
          expected: `an idle session to end after about ${seconds} s`,
          seen: `it was still alive after ${Math.round((Date.now() - begun) / 1000)} s`,
          advice: 'see that the process has --session-idle-timeout with the planned value',
        });
      }
      await delay(250);
    }
    if (Date.now() - begun < seconds * 1000 - EARLY_MS) {
      throw new CheckFailure({
        expected: `an idle session to live for ${seconds} s`,
        seen: `it ended after ${((Date.now() - begun) / 1000).toFixed(1)} s`,
        advice:
          'see that the process has --session-idle-timeout with the planned value, and what else ends sessions',
      });
    }
    await expectRecalled(bench, from, session.sessionId, mark, 'its idle timeout');
    return undefined;
  },
};
