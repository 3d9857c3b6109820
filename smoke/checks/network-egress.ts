import type { Reach } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import { policiesAllow } from '../network-policy.js';
import type { Workbench } from '../workbench.js';

import { connectionsFrom, type Destination } from './connections.js';
import { notEnforced } from './enforcement.js';

/** Where clouds serve credentials to their machines. */
const METADATA = ['169.254.169.254', '168.63.129.16'];

export const networkEgress: Check = {
  id: 'network-egress',
  why: 'From inside a runtime the API server and the metadata service of the cloud cannot be reached, while DNS and what the topology allows can.',
  scope: 'runtime',
  targets: ['kubernetes'],
  maySkipOn: [],
  async run(bench, { from }) {
    const [apiServer, apiPort] = (
      await bench.probe(from, `echo "$KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT"`)
    ).split(' ');
    const denied = [
      { what: 'the API server', host: apiServer ?? '', port: Number(apiPort) },
      ...METADATA.map((host) => ({ what: `the metadata service ${host}`, host, port: 80 })),
    ];
    const policies = await bench.cluster.policies(from);
    const { metadata } = await bench.cluster.pod(from);
    const pod = { address: '', labels: metadata?.labels ?? {} };
    const open = denied.find(({ host, port }) =>
      policiesAllow(policies, 'Egress', { pod, peer: { address: host }, port }),
    );
    if (open) throw failure(`no way from ${from} to ${open.what}`, 'its network policies allow it');

    const name = await bench.probe(from, 'getent hosts kubernetes.default.svc || true');
    if (name === '') {
      throw failure(`${from} to find names by DNS`, 'it found no address for kubernetes.default.svc');
    }
    const allowed = await destinationsOf(bench, from);
    const reached = await connectionsFrom(bench, from, [...denied, ...allowed]);
    const missed = allowed.find((one) => !reached.includes(one));
    if (missed) {
      throw failure(
        `${from} to reach ${missed.what}, as the topology says`,
        'it could not connect within 3 s',
      );
    }
    return notEnforced(
      bench,
      from,
      reached.filter((one) => !allowed.includes(one)).map(({ what }) => what),
    );
  },
};

/** What of the planned destinations can be tried: hosts, single addresses, and pods that the suite may see. */
async function destinationsOf(bench: Workbench, runtime: string): Promise<Destination[]> {
  const reaches = bench.runtime(runtime).expect.pod?.reaches ?? [];
  return (await Promise.all(reaches.map((reach) => destinationOf(bench, reach)))).flat();
}

async function destinationOf(bench: Workbench, reach: Reach): Promise<Destination[]> {
  const { port } = reach;
  if ('host' in reach) return [{ what: `${reach.host}:${port}`, host: reach.host, port }];
  if ('cidr' in reach) {
    const single = /^(.+)\/(32|128)$/.exec(reach.cidr)?.[1];
    return single === undefined ? [] : [{ what: `${single}:${port}`, host: single, port }];
  }
  const pods = await bench.cluster.podsElsewhere(reach.namespace, reach.podSelector);
  const address = pods?.find(({ status }) => status?.podIP)?.status?.podIP;
  return address === undefined
    ? []
    : [{ what: `port ${port} of a pod in ${reach.namespace}`, host: address, port }];
}

function failure(expected: string, seen: string): CheckFailure {
  return new CheckFailure({
    expected,
    seen,
    advice:
      'see the policy runtime-egress: kubernetes.egress opens destinations, dnsCidrs DNS servers, apiServerCidrs shuts public addresses of the API server',
  });
}
