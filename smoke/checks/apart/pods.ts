import type { V1Namespace, V1Pod } from '@kubernetes/client-node';

import { HOST_PORTS } from '../../../topology/index.js';
import { CheckFailure } from '../../check-failure.js';
import type { Outcome } from '../../model.js';
import { policiesAllow, type Party } from '../../network-policy.js';
import type { Workbench } from '../../workbench.js';

import { connectionsFrom } from '../connections.js';
import { notEnforced } from '../enforcement.js';

/** On Kubernetes: the policies of both namespaces, and what the CNI makes of them. */
export async function apartAsPods(bench: Workbench, from: string, to: string): Promise<Outcome> {
  const [mine, theirs] = await Promise.all([partyOf(bench, from), partyOf(bench, to)]);
  const { port } = bench.cluster.serviceName(to);
  const ports = [port, HOST_PORTS.health];
  await expectDenied(bench, from, to, { mine, theirs, ports });

  const { spec } = await bench.cluster.service(to);
  const destinations = [
    { what: `the Service of ${to}`, host: spec?.clusterIP ?? '', port },
    ...ports.map((each) => ({
      what: `port ${each} of the pod of ${to}`,
      host: theirs.address,
      port: each,
    })),
  ];
  const reached = await connectionsFrom(bench, from, destinations);
  return notEnforced(
    bench,
    from,
    reached.map(({ what }) => what),
  );
}

/** Each side by itself: a policy that is lost on one must not open the other. */
async function expectDenied(
  bench: Workbench,
  from: string,
  to: string,
  { mine, theirs, ports }: { mine: Party; theirs: Party; ports: readonly number[] },
): Promise<void> {
  const [outgoing, incoming] = await Promise.all([bench.cluster.policies(from), bench.cluster.policies(to)]);
  // A pod that somebody puts beside the runtime has none of its labels.
  const beside = (party: Party): Party => ({ ...party, labels: {} });
  for (const port of ports) {
    for (const pod of [mine, beside(mine)]) {
      if (policiesAllow(outgoing, 'Egress', { pod, peer: theirs, port })) {
        throw failure(`the policies in ${mine.namespace?.name} let pods connect to port ${port} of ${to}`);
      }
    }
    for (const pod of [theirs, beside(theirs)]) {
      if (policiesAllow(incoming, 'Ingress', { pod, peer: mine, port })) {
        throw failure(
          `the policies in ${theirs.namespace?.name} let ${from} connect to port ${port} of pods`,
        );
      }
    }
  }
}

async function partyOf(bench: Workbench, runtime: string): Promise<Party> {
  const [pod, namespace]: [V1Pod, V1Namespace] = await Promise.all([
    bench.cluster.pod(runtime),
    bench.cluster.namespace(runtime),
  ]);
  return {
    address: pod.status?.podIP ?? '',
    labels: pod.metadata?.labels ?? {},
    namespace: { name: namespace.metadata?.name ?? '', labels: namespace.metadata?.labels ?? {} },
  };
}

function failure(seen: string): CheckFailure {
  return new CheckFailure({
    expected: 'deny-all in both namespaces, and no policy that opens one runtime to another',
    seen,
    advice: 'deploy the topology again, and see who removed or added a NetworkPolicy',
  });
}
