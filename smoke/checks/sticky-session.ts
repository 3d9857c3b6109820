import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { leaveMark } from './history.js';
import { replicasWith } from './replicas.js';
import { takeOver } from './takeover.js';

export const stickySession: Check = {
  id: 'sticky-session',
  why: 'A session of the pool lives on one replica alone, and every later connection finds it there: on two of them its history would fork.',
  scope: 'tenant',
  maySkipOn: [],
  inapplicable: (_, { gateway }) =>
    gateway?.expect.sharedStorage ? 'replicas that share their storage all know every session' : undefined,
  async run(bench, { from }) {
    const session = await bench.session(from);
    const { sessionId } = session;
    const mark = await leaveMark(bench, session);
    const home = await replicasWith(bench, from, sessionId);
    if (home.length !== 1)
      throw failure('a session to be on one replica', `it is on ${home.join(', ') || 'none'}`);
    await bench.hangUp(from);

    const history = await takeOver(await bench.raw(from), bench, from, sessionId);
    if (!history.includes(mark))
      throw failure('a later connection to find the session', 'it found an empty one');
    const later = await replicasWith(bench, from, sessionId);
    if (later.join() !== home.join()) {
      throw failure(
        `the session to be still on ${home.join()} alone`,
        `it is on ${later.join(', ') || 'none'}`,
      );
    }
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'give each replica a home of its own, and have all tenants connect to the gateways of this deployment',
  });
}
