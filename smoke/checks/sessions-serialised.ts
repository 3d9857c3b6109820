import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { HELD, resumeOver, takeOver } from './takeover.js';

/** What the first back end says. */
const MARK = 'noted by the first back end';

export const sessionsSerialised: Check = {
  id: 'sessions-serialised',
  why: 'Two back ends cannot work in one session at once: a second one is refused until the first has let go, and then goes on with the whole history.',
  scope: 'tenant',
  maySkipOn: [],
  inapplicable: (_, { gateway }) =>
    (gateway?.expect.replicas ?? 1) > 1 && !gateway?.expect.sharedStorage
      ? 'gateways side by side know their own connections only: back ends take the session lock of the client library'
      : undefined,
  // With shared storage the second waits for the lock, and then for the first to be gone.
  deadlineMs: () => 90_000,
  async run(bench, { from }) {
    const session = await bench.session(from);
    await bench.say(session, MARK);
    const { sessionId } = session;
    const second = await bench.raw(from);
    const early = await resumeOver(second, bench, from, sessionId);
    if ('result' in early || !HELD.includes(early.error.code)) {
      throw failure(
        'a second back end to be refused while the first has the session',
        'result' in early ? 'it has it too' : early.error.message,
      );
    }
    await bench.hangUp(from);
    const history = await takeOver(second, bench, from, sessionId);
    if (!history.includes(MARK)) throw failure('the second back end to find the history', 'it is not there');
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'see that all back ends of the tenant connect to the gateway of this version',
  });
}
