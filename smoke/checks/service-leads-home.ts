import type { V1Pod } from '@kubernetes/client-node';

import { RUNTIME_LABEL } from '../../topology/labels.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';

export const serviceLeadsHome: Check = {
  id: 'service-leads-home',
  why: 'The Service of a runtime leads to its own pod and to no other, and to nobody outside of the cluster.',
  scope: 'runtime',
  targets: ['kubernetes'],
  evenUnreachable: true,
  maySkipOn: [],
  async run(bench, { from }) {
    const { namespace, name } = bench.cluster.serviceName(from);
    const { spec = {} } = await bench.cluster.service(from);
    const outside = spec.type === 'ClusterIP' ? spec.externalIPs : [spec.type ?? 'an unknown type'];
    if (outside && outside.length > 0) {
      throw failure(`Service ${name} to be a ClusterIP`, `it is open to ${outside.join(', ')}`);
    }
    const endpoints = await bench.cluster.endpoints(from);
    const ready = endpoints.filter((endpoint) => endpoint.ready);
    if (ready.length !== 1) {
      throw failure(`Service ${name} to lead to one pod`, `it leads to ${ready.length} that are ready`);
    }
    for (const endpoint of endpoints) {
      const pod = await bench.cluster.podOf(endpoint);
      if (ownerOf(pod) === from && pod?.metadata?.namespace === namespace) continue;
      throw failure(
        `Service ${name} in ${namespace} to lead to ${from}`,
        `it leads to ${ownerOf(pod) ?? `${endpoint.address}, which is no runtime’s pod`}`,
      );
    }
    return undefined;
  },
};

/** Label value of a runtime's pod; an id has one slash and a label value none. */
function ownerOf(pod: V1Pod | undefined): string | undefined {
  return pod?.metadata?.labels?.[RUNTIME_LABEL]?.replace('.', '/');
}

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice: 'see selector, type and EndpointSlices of the Service, and deploy the topology again',
  });
}
