import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { tenantAtGateway, type Party } from '../party.js';
import type { Workbench } from '../workbench.js';

import { LET_IN, notRefused } from './refusal.js';

export const oldTokenRefused: Check = {
  id: 'old-token-refused',
  why: 'A token that was rotated opens nothing any more: whoever stole it would stay root on the runtime, or the tenant at the gateway.',
  scope: ['runtime', 'tenant'],
  maySkipOn: ['local', 'kubernetes', 'azure'],
  onlyWith: ({ from }, { oldTokens }) => oldTokens?.has(from) ?? false,
  // A runtime that was not restarted refuses the new token, and takes the old one.
  evenUnreachable: true,
  async run(bench, { from }) {
    const atGateway = tenantAtGateway(from) !== undefined;
    for (const token of bench.options.oldTokens?.get(from) ?? []) {
      if (token === (await bench.connectionToken(from))) {
        throw new CheckFailure({
          expected: `${from} to have another token than the one before`,
          seen: 'the token that was given as the old one is in force: it was not rotated',
          advice: atGateway
            ? 'give the other slot under gatewayToken and take this one away, then deploy'
            : 'raise connectionTokenRevision and deploy, or give the file with the token before',
        });
      }
      const seen = await firstNotRefused(bench, from, token);
      if (seen === undefined) continue;
      const down = bench.options.unreachable?.get(from);
      // Nobody let it in, nor said no: that is the business of the check that failed.
      if (!seen.startsWith(LET_IN) && down !== undefined) return { skipped: `${down} failed for ${from}` };
      throw new CheckFailure({
        expected: `${from} to refuse the token before`,
        seen,
        advice: atGateway
          ? 'take its slot away under gatewayToken, and deploy'
          : 'see whether its runtime was restarted since the token changed, and whether an older one still runs',
      });
    }
    return undefined;
  },
};

/** What the first one does that does not refuse it: a gateway that was left behind takes what the others refuse. */
async function firstNotRefused(bench: Workbench, from: Party, token: string): Promise<string | undefined> {
  const all = await bench.addresses(from);
  for (const [name, address] of all) {
    const seen = await notRefused(bench, from, token, address);
    if (seen !== undefined) return all.size === 1 ? seen : `${seen}, at ${name}`;
  }
  return undefined;
}
