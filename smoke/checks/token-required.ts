import { randomBytes } from 'node:crypto';

import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { notRefused, notRefusedWithoutHandshake } from './refusal.js';

export const tokenRequired: Check = {
  id: 'token-required',
  why: 'The connection token is root on a runtime, and a runtime without one is open to everybody who reaches its port.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  async run(bench, { from }) {
    const withToken = (token: string | undefined) => () => notRefused(bench, from, token);
    const attempts = {
      'no token': withToken(undefined),
      'an empty token': withToken(''),
      'a wrong token': withToken(randomBytes(32).toString('base64url')),
      'a request without a handshake': () => notRefusedWithoutHandshake(bench, from),
    };
    for (const [what, attempt] of Object.entries(attempts)) {
      const seen = await attempt();
      if (seen === undefined) continue;
      throw new CheckFailure({
        expected: `${from} to refuse ${what}`,
        seen,
        advice:
          'start the runtime with COPILOT_CONNECTION_TOKEN (the runtime host does) and end the one that runs now',
      });
    }
    return undefined;
  },
};
