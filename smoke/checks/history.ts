import { randomUUID } from 'node:crypto';

import type { CopilotSession } from '@github/copilot-sdk';

import { CheckFailure } from '../check-failure.js';
import type { Party } from '../party.js';
import type { Workbench } from '../workbench.js';

/** Says something to a session that a later turn can be asked to recall. */
export async function leaveMark(bench: Workbench, session: CopilotSession): Promise<string> {
  const mark = randomUUID();
  await bench.say(session, `remember ${mark}`);
  return mark;
}

/** Resumes a session and fails unless the model is sent what was said before. */
export async function expectRecalled(
  bench: Workbench,
  party: Party,
  sessionId: string,
  mark: string,
  after: string,
): Promise<void> {
  const resumed = await bench.resume(party, sessionId).catch((error: unknown) => {
    throw new CheckFailure({
      expected: `a session of ${party} to be resumable after ${after}`,
      seen: error instanceof Error ? error.message : String(error),
      advice: 'see that COPILOT_HOME lies on the planned volume and that nothing deletes sessions',
    });
  });
  const recalled = await bench.ask(resumed, { recall: true });
  if (recalled.includes(mark)) return;
  throw new CheckFailure({
    expected: `the history to be whole after ${after}`,
    seen: 'the model was not sent what had been said before',
    advice: 'see that COPILOT_HOME lies on the planned volume and is not shared with another runtime',
  });
}
