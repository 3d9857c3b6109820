import { HOST_PORTS } from '../../../topology/index.js';
import { CheckFailure } from '../../check-failure.js';
import type { Workbench } from '../../workbench.js';
import { connectionsFrom } from '../connections.js';

/** On Azure: what the security groups of the subnets make of it, by name and by address. */
export async function apartAsGroups(bench: Workbench, from: string, to: string): Promise<undefined> {
  const { endpoint } = bench.runtime(to);
  const { properties } = await bench.azure.group(to);
  const address = properties.ipAddress?.ip ?? '';
  const own = endpoint.kind === 'dns' ? endpoint : { host: address, port: 0 };
  const destinations = [
    { what: `${own.host}:${own.port}`, host: own.host, port: own.port },
    ...[own.port, HOST_PORTS.health].map((port) => ({ what: `${address}:${port}`, host: address, port })),
  ];
  const reached = await connectionsFrom(bench, from, destinations);
  if (reached.length === 0) return undefined;
  throw new CheckFailure({
    expected: `no way from inside ${from} to ${to}`,
    seen: `it reached ${reached.map(({ what }) => what).join(', ')}`,
    advice:
      'put a network security group on the subnets of the runtimes that denies what comes from these subnets, within one subnet too',
  });
}
