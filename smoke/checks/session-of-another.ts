import type { CopilotClient } from '@github/copilot-sdk';

import { CheckFailure, type Check } from '../model.js';
import type { Workbench } from '../workbench.js';

import { LOOKS, unknown } from './intrusion.js';

export const sessionOfAnother: Check = {
  id: 'session-of-another',
  why: 'A session of one runtime cannot be listed, read, resumed, deleted or attached to through another.',
  scope: 'pair',
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
          'give each runtime a home (COPILOT_HOME) of its own, and see that the names lead to different runtimes',
      });
    }
    const own = await (await bench.client(to!)).getSessionMetadata(victim.sessionId);
    if (own === undefined) {
      throw new CheckFailure({
        expected: `the session to be still there on ${to}`,
        seen: 'it is gone',
        advice: 'see which runtime shares the home, and restore the session from a backup',
      });
    }
    return undefined;
  },
};

type Attempt = (
  bench: Workbench,
  client: CopilotClient,
  runtime: string,
  sessionId: string,
) => Promise<string | undefined>;

/** What an intruder may try; each says what it got, or nothing when the session is unknown to the runtime. */
const ATTEMPTS: Readonly<Record<string, Attempt>> = {
  list: (_, client, __, id) => LOOKS.list(client, id),
  describe: (_, client, __, id) => LOOKS.describe(client, id),
  read: (_, client, __, id) => LOOKS.read(client, id),
  resume: async (bench, _, runtime, id) => {
    const session = await bench.resume(runtime, id).catch(unknown('not found'));
    return session && 'it was resumed';
  },
  'attach to': async (bench, _, runtime, id) => {
    // Creating under an id that exists attaches silently; where the id is free, a new and empty session appears.
    const session = await bench.session(runtime, { sessionId: id });
    const history = (await session.getEvents()).filter(({ type }) => type === 'user.message');
    return history.length === 0 ? undefined : `${history.length} prompts of its history came back`;
  },
  delete: async (bench, client, runtime, id) => {
    // The attempt before has made a session of this id here: it goes first.
    await bench.discard(runtime, id);
    return client.deleteSession(id).then(() => 'the call succeeded', unknown('not found'));
  },
};
