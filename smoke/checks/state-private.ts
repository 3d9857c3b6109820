import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

export const statePrivate: Check = {
  id: 'state-private',
  why: 'Session state is readable by its runtime’s user alone: journals hold prompts and replies in plain text.',
  scope: 'runtime',
  // SMB shares have the modes that the mount says.
  maySkipOn: ['azure'],
  async run(bench, { from }) {
    if (bench.target.kind === 'azure') return { skipped: 'an SMB share has no file modes' };
    const session = await bench.session(from);
    await bench.say(session, 'keep this to yourself');
    const own = `"$COPILOT_HOME/session-state/${session.sessionId}"`;
    const listing = await bench.probe(
      from,
      `ls -ld "$COPILOT_HOME" "$COPILOT_HOME/session-state/" ${own} ${own}/events.jsonl ${own}/workspace.yaml`,
    );
    const open = listing.split('\n').filter((line) => !/^[d-]rw[x-]--[-S]---/.test(line));
    if (open.length === 0) return undefined;
    throw new CheckFailure({
      expected: 'modes 0700 and 0600 on the home and on the session',
      seen: open.map((line) => `${line.split(/\s+/)[0]} ${line.split(/\s+/).at(-1)}`).join(', '),
      advice: 'chmod the home to 0700, and see what created or changed it',
    });
  },
};
