import type { Manifest } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check, Subject } from '../model.js';
import { gatewayExpectation, runtimesBehind, tenantAtGateway } from '../party.js';

import { asIdentity, needsGitHub } from './identity.js';

export const identityNotInherited: Check = {
  id: 'identity-not-inherited',
  why: 'A session without a GitHub token does not silently run as the identity of the process.',
  scope: ['runtime', 'tenant'],
  maySkipOn: [],
  inapplicable: (subject, manifest) => lends(subject, manifest) ?? needsGitHub(subject, manifest),
  async run(bench, { from }) {
    const status = await (await bench.client(from)).getAuthStatus();
    if (status.isAuthenticated) throw failure(`the process is signed in as ${status.login ?? 'somebody'}`);
    const answer = await bench
      .session(from, asIdentity(undefined))
      .then(
        (session) => bench.ask(session, { identify: true }),
        () => '',
      )
      .catch(() => '');
    if (answer !== '') throw failure(`a turn without a token was answered: ${answer.slice(0, 120)}`);
    return undefined;
  },
};

/** The reason why sessions may run as somebody else, where the topology wants it. */
function lends({ from }: Subject, manifest: Manifest): string | undefined {
  if (!runtimesBehind(manifest, from).some(({ expect }) => expect.githubIdentity)) return undefined;
  if (tenantAtGateway(from) === undefined) {
    return 'the topology gives the process a GitHub identity (auth.githubToken): sessions without one of their own run as it';
  }
  return gatewayExpectation(manifest, from).policy.poolIdentity
    ? 'the topology lends the identity of the pool to the tenant (policy poolIdentity)'
    : undefined;
}

function failure(seen: string): CheckFailure {
  return new CheckFailure({
    expected: 'no identity for a session that brings none',
    seen,
    advice: 'take the GitHub token out of the environment of the process, and pass one with each session',
  });
}
