import { standInGitHubToken, standInModelOf } from '../../topology/stand-in.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

import { asIdentity, needsGitHub, whoIs } from './identity.js';

export const identityPerSession: Check = {
  id: 'identity-per-session',
  why: 'Two users with GitHub tokens of their own stay two in one runtime: identity and model list are the session’s, and a bad token is refused.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  inapplicable: needsGitHub,
  async run(bench, { from }) {
    const logins = ['alice', 'bob'];
    const [alice, bob] = await Promise.all(
      logins.map((login) => whoIs(bench, from, standInGitHubToken(login))),
    );
    if (alice?.login !== 'alice' || bob?.login !== 'bob') {
      throw failure('sessions to run as alice and bob', `they ran as ${alice?.login} and ${bob?.login}`);
    }

    const client = await bench.client(from);
    for (const login of logins) {
      const { models } = await client.rpc.models.list({ gitHubToken: standInGitHubToken(login) });
      const own = models
        .map(({ id }) => id)
        .filter((id) => logins.some((name) => id === standInModelOf(name)));
      if (own.length !== 1 || own[0] !== standInModelOf(login)) {
        throw failure(
          `the model list of ${login} to have the model of ${login} alone`,
          `it has ${own.join(', ')}`,
        );
      }
    }

    const bad = await bench.session(from, asIdentity('gho_not_a_token_of_anybody')).then(
      () => 'a session was created',
      () => undefined,
    );
    if (bad !== undefined) throw failure('a bad GitHub token to be refused', bad);
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'pass gitHubToken with each session, and cache nothing across sessions',
  });
}
