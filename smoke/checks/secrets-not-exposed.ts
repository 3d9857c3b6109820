import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import type { Workbench } from '../workbench.js';

import { ownerOfSecretIn, secretValues } from './secret-values.js';
import { GITHUB_TOKEN } from './token-not-written.js';

/** A name that no Secret has: who may read this one may read any. */
const ANY_OTHER = 'copilot-runtimes-smoke-any-other';

export const secretsNotExposed: Check = {
  id: 'secrets-not-exposed',
  why: 'No token stands in a pod spec, ConfigMap, annotation or event, and the tenant’s clients can read its Secrets and no others beside them.',
  scope: 'runtime',
  targets: ['kubernetes'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const secrets = await secretValues(bench);
    for (const { name, text } of await bench.cluster.written(from)) {
      const whose = ownerOfSecretIn(text, secrets);
      if (whose !== undefined) throw exposed(`${whose} stands in ${name}`);
      if (GITHUB_TOKEN.test(text)) throw exposed(`a GitHub token stands in ${name}`);
    }
    await expectReaders(bench, from);
    return undefined;
  },
};

async function expectReaders(bench: Workbench, runtime: string): Promise<void> {
  const { clients = [], secrets = [] } = bench.runtime(runtime).expect.pod ?? {};
  for (const client of clients) {
    const who = `service account ${client.serviceAccount} in ${client.namespace}`;
    for (const secret of secrets) {
      if (await bench.cluster.may(client, 'get', runtime, secret)) continue;
      throw access(`${who}, a client of ${runtime}, to be able to read Secret ${secret}`, 'it cannot');
    }
    if (await bench.cluster.may(client, 'get', runtime, ANY_OTHER)) {
      throw access(
        `${who} to read the Secrets of ${runtime} that are for clients`,
        'it can read all others too',
      );
    }
    if (await bench.cluster.may(client, 'list', runtime)) {
      throw access(`${who} not to list Secrets`, 'it can list all of the namespace');
    }
  }
}

function exposed(seen: string): CheckFailure {
  return new CheckFailure({
    expected: 'no secret value in any object that is not a Secret',
    seen,
    advice: 'take it out, rotate the token (raise its revision), and see who could read it',
  });
}

function access(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see the Roles, ClusterRoles and their bindings of that service account; deploy the topology again',
  });
}
