import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { expectRecalled, leaveMark } from './history.js';

export const historyAfterDisconnect: Check = {
  id: 'history-after-disconnect',
  why: 'A conversation goes on where it was left after its client has gone.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  async run(bench, { from }) {
    const session = await bench.session(from);
    const mark = await leaveMark(bench, session);
    await session.disconnect();
    const metadata = await (await bench.client(from)).getSessionMetadata(session.sessionId);
    if (metadata === undefined) {
      throw new CheckFailure({
        expected: `the session to be known to ${from} after its client disconnected`,
        seen: 'it is unknown',
        advice: 'see what deletes sessions: a client that deletes instead of disconnecting, or a clean-up',
      });
    }
    await expectRecalled(bench, from, session.sessionId, mark, 'a disconnect');
    return undefined;
  },
};
