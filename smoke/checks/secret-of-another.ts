import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

/** Service account of the pods of runtimes. */
const RUNTIME_ACCOUNT = 'runtime';

export const secretOfAnother: Check = {
  id: 'secret-of-another',
  why: 'Neither the clients nor the pod of one runtime may read a Secret of another.',
  scope: 'pair',
  targets: ['kubernetes'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from, to }) {
    const planned = bench.runtime(to!).expect.pod;
    const { clients = [] } = bench.runtime(from).expect.pod ?? {};
    const accounts = [
      ...clients,
      { namespace: bench.cluster.serviceName(from).namespace, serviceAccount: RUNTIME_ACCOUNT },
    ].filter(
      // One back end may serve several tenants, where the topology says so.
      (account) =>
        !planned?.clients.some(
          ({ namespace, serviceAccount }) =>
            namespace === account.namespace && serviceAccount === account.serviceAccount,
        ),
    );
    for (const account of accounts) {
      for (const secret of planned?.secrets ?? []) {
        const can = (await bench.cluster.may(account, 'get', to!, secret))
          ? `read Secret ${secret}`
          : (await bench.cluster.may(account, 'list', to!))
            ? 'list the Secrets'
            : undefined;
        if (can === undefined) continue;
        throw new CheckFailure({
          expected: `service account ${account.serviceAccount} in ${account.namespace} to have no access to ${to}`,
          seen: `it can ${can} of ${to}`,
          advice:
            'see the Roles, ClusterRoles and their bindings of that service account, and rotate the token',
        });
      }
    }
    return undefined;
  },
};
