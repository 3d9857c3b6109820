import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { poolRoute, tenantAtGateway } from '../party.js';

import { notForbidden } from './answers.js';
import { notRefused } from './refusal.js';

export const replicaOutOfReach: Check = {
  id: 'replica-out-of-reach',
  why: 'Between the tenants of a pool and its replicas stands a gateway: its tokens open no replica, those of replicas do not open it, and it is none itself.',
  scope: 'tenant',
  foundation: true,
  maySkipOn: [],
  async run(bench, { from }) {
    // A method that changes nothing, that every runtime answers and no gateway does.
    const seen = notForbidden(await (await bench.raw(from)).call('sessions.list', {}));
    if (seen !== undefined) {
      throw failure(
        `${from} to connect to a gateway`,
        `it is a runtime, for it does not refuse sessions.list: ${seen}`,
      );
    }
    const { replicas } = poolRoute(bench.manifest, tenantAtGateway(from)!);
    for (const replica of replicas.filter((id) => bench.reachable(id))) {
      const entered = await notRefused(bench, replica, await bench.connectionToken(from));
      if (entered !== undefined) throw failure(`${replica} to refuse the token of ${from}`, entered);
      const passed = await notRefused(bench, from, await bench.connectionToken(replica));
      if (passed !== undefined) throw failure(`the gateway to refuse the token of ${replica}`, passed);
    }
    return undefined;
  },
};

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see where the name of the gateway leads and which Secret each token comes from, and rotate both tokens',
  });
}
