import type { CopilotClient } from '@github/copilot-sdk';

import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import type { Party } from '../party.js';
import type { Workbench } from '../workbench.js';

import { LOOKS, unknown } from './intrusion.js';

export const sessionOfAnother: Check = {
  id: 'session-of-another',
  why: 'A session of one tenant cannot be listed, read, resumed, deleted or attached to by another, on a runtime of its own or through the gateway.',
  scope: ['pair', 'pool', 'mixed'],
  maySkipOn: [],
  inapplicable: ({ from, to }, { runtimes }) =>
    runtimes[from]?.expect.sharedSessions && runtimes[to!]?.expect.sharedSessions
      ? 'replicas that share their storage all know every session'
      : undefined,
  async run(bench, { from, to }) {
    // `from` is who tries, `to` is whose session it is.
    const victim = await bench.session(to!);
    await bench.ask(victim, { reply: 'noted' });
    const intruder = await bench.client(from);
    for (const [action, attempt] of Object.entries(ATTEMPTS)) {
      const seen = await attempt(bench, intruder, from, victim.sessionId);
      if (seen === undefined) continue;
      throw new CheckFailure({
        expected: `a session of ${to} to be unknown to ${from}`,
        seen: `${from} could ${action} it: ${seen}`,
        advice:
          'give each runtime a home (COPILOT_HOME) of its own, see that the names lead to different runtimes, and that tenants of a pool reach it through the gateway alone',
      });
    }
    const own = await (await bench.client(to!)).getSessionMetadata(victim.sessionId);
    if (own === undefined) {
      throw new CheckFailure({
        expected: `the session to be still there on ${to}`,
        seen: 'it is gone',
        advice: 'see who shares the home or deletes sessions, and restore it from a backup',
      });
    }
    return undefined;
  },
};

type Attempt = (
  bench: Workbench,
  client: CopilotClient,
  party: Party,
  sessionId: string,
) => Promise<string | undefined>;

/** What an intruder may try; each says what it got, or nothing when the session is unknown there. */
const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  list: (_, client, __, id) => LOOKS.list(client, id),
  describe: (_, client, __, id) => LOOKS.describe(client, id),
  read: (_, client, __, id) => LOOKS.read(client, id),
  resume: async (bench, _, party, id) => {
    const session = await bench.resume(party, id).catch(unknown('not found'));
    return session && 'it was resumed';
  },
  'attach to': async (bench, _, party, id) => {
    // Creating under an id that exists attaches silently; where the id is free, a new and empty session appears.
    const session = await bench.session(party, { sessionId: id });
    const history = (await session.getEvents()).filter(({ type }) => type === 'user.message');
    return history.length === 0 ? undefined : `${history.length} prompts of its history came back`;
  },
  delete: async (bench, client, party, id) => {
    // The attempt before has made a session of this id here: it goes first.
    await bench.discard(party, id);
    return client.deleteSession(id).then(() => 'the call succeeded', unknown('not found'));
  },
};
