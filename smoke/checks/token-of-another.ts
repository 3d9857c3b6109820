import { CheckFailure } from '../check-failure.js';
import type { Check, Subject } from '../model.js';
import { tenantAtGateway } from '../party.js';
import type { Workbench } from '../workbench.js';

import { LOOKS } from './intrusion.js';
import { notRefused } from './refusal.js';

export const tokenOfAnother: Check = {
  id: 'token-of-another',
  why: 'The token of one tenant opens nothing of another: on a runtime whoever has it could list, read and re-route every session.',
  scope: ['pair', 'pool', 'mixed'],
  maySkipOn: [],
  async run(bench, { from, to }) {
    const bothAtGateway = [from, to!].every((party) => tenantAtGateway(party) !== undefined);
    const seen = bothAtGateway
      ? await takenFor(bench, { from, to: to! })
      : await notRefused(bench, to!, await bench.connectionToken(from));
    if (seen === undefined) return undefined;
    throw new CheckFailure({
      expected: `${to} to refuse the token of ${from}`,
      seen,
      advice: 'generate a token for each runtime and each tenant of the pool, and rotate both',
    });
  },
};

/** Both come in at the same door: what counts is as whom. @returns undefined when one is not taken for the other */
async function takenFor(bench: Workbench, { from, to }: Required<Subject>): Promise<string | undefined> {
  const session = await bench.session(to);
  await bench.say(session, 'noted');
  const client = await bench.connect(to, await bench.connectionToken(from));
  const shown = await LOOKS.describe(client, session.sessionId);
  return shown && `it was let in as ${to}: ${shown}`;
}
