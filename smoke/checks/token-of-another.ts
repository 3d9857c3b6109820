import { CheckFailure, type Check } from '../model.js';

import { notRefused } from './refusal.js';

export const tokenOfAnother: Check = {
  id: 'token-of-another',
  why: 'The token of one runtime opens no other: whoever has it could list, read and re-route every session there.',
  scope: 'pair',
  maySkipOn: [],
  async run(bench, { from, to }) {
    const seen = await notRefused(bench, to!, await bench.connectionToken(from));
    if (seen === undefined) return undefined;
    throw new CheckFailure({
      expected: `${to} to refuse the token of ${from}`,
      seen,
      advice: 'generate a token for each runtime and rotate both',
    });
  },
};
