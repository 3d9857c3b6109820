import type { NetworkSecurityGroupSecurityRule } from '@cdktf/provider-azurerm/lib/network-security-group/index.js';

/** A rule of a security group. All fields are said: Azure answers with every one of them. */
export type SecurityRule = NetworkSecurityGroupSecurityRule;

export interface NetworkParties {
  readonly runtimeCidrs: readonly string[];
  /** Of the replicas of a pool; empty where they are among the runtimes. */
  readonly poolCidrs: readonly string[];
  readonly gatewayCidr?: string;
  readonly smokeCidr?: string;
  readonly clientCidrs: readonly string[];
  readonly runtimePort: number;
  readonly gatewayPort: number;
  readonly gatewayEgress: readonly { readonly cidr: string; readonly port: number }[];
  readonly runtimeEgress: readonly { readonly cidr: string; readonly port: number }[];
}

type Direction = 'Inbound' | 'Outbound';

/** Priorities of the rules of one direction, in their order; the last is the one that shuts everything else. */
const FIRST = 100;
const STEP = 10;
const LAST = 4096;

interface Way {
  readonly name: string;
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly ports: readonly number[];
  /** @default Allow */
  readonly access?: 'Allow' | 'Deny';
}

const present = (...cidrs: readonly (string | undefined)[]) => cidrs.filter((cidr) => cidr !== undefined);

/** One address or tag stands in one field, several ranges in another. */
function ends(side: 'source' | 'destination', ends: readonly string[] = ['*']) {
  return ends.length === 1
    ? { [`${side}AddressPrefix`]: ends[0] }
    : { [`${side}AddressPrefixes`]: [...ends] };
}

function ports(numbers: readonly number[]) {
  return numbers.length === 1
    ? { destinationPortRange: String(numbers[0]) }
    : { destinationPortRanges: numbers.map(String) };
}

function direction(which: Direction, ways: readonly Way[]): SecurityRule[] {
  const open = ways.filter(({ from, to }) => from?.length !== 0 && to?.length !== 0);
  return [
    ...open.map(({ name, from, to, ports: numbers, access = 'Allow' }, index): SecurityRule => ({
      name,
      description: '',
      priority: FIRST + index * STEP,
      direction: which,
      access,
      protocol: 'Tcp',
      sourcePortRange: '*',
      ...ends('source', from),
      ...ends('destination', to),
      ...ports(numbers),
    })),
    {
      name: `deny-${which.toLowerCase()}`,
      description:
        'Nothing that is not said above: by default a network lets its own addresses reach each other',
      priority: LAST,
      direction: which,
      access: 'Deny',
      protocol: '*',
      sourcePortRange: '*',
      sourceAddressPrefix: '*',
      destinationAddressPrefix: '*',
      destinationPortRange: '*',
    },
  ];
}

/** The internet without the network's own addresses; the vault, Resource Manager and the model are there. */
const HTTPS: Way = { name: 'https', to: ['Internet'], ports: [443] };

/** Before the clients, whose range may hold the runtimes. */
const apart = ({ runtimeCidrs, poolCidrs }: NetworkParties, port: number): Way => ({
  name: 'runtimes-apart',
  from: [...runtimeCidrs, ...poolCidrs],
  ports: [port],
  access: 'Deny',
});

const further = (destinations: NetworkParties['runtimeEgress']): Way[] =>
  destinations.map(({ cidr, port }, index) => ({ name: `further-${index}`, to: [cidr], ports: [port] }));

/** Runtimes: entered by clients, gateway and suite, and shut from one another. */
export function runtimeRules(parties: NetworkParties): SecurityRule[] {
  const { clientCidrs, gatewayCidr, smokeCidr, runtimePort } = parties;
  return [
    ...direction('Inbound', [
      { name: 'gateway', from: present(gatewayCidr), ports: [runtimePort] },
      { name: 'smoke', from: present(smokeCidr), ports: [runtimePort] },
      apart(parties, runtimePort),
      { name: 'clients', from: clientCidrs, ports: [runtimePort] },
    ]),
    ...outOfRuntimes(parties),
  ];
}

/** Replicas of a pool: entered by gateway and suite alone, for their token is root on every tenant's sessions. */
export function poolRules(parties: NetworkParties): SecurityRule[] {
  const { gatewayCidr, smokeCidr, runtimePort } = parties;
  return [
    ...direction('Inbound', [
      { name: 'gateway', from: present(gatewayCidr), ports: [runtimePort] },
      { name: 'smoke', from: present(smokeCidr), ports: [runtimePort] },
    ]),
    ...outOfRuntimes(parties),
  ];
}

const outOfRuntimes = ({ runtimeEgress }: NetworkParties) =>
  direction('Outbound', [
    HTTPS,
    // The shares are mounted from within the subnet.
    { name: 'shares', to: ['Storage'], ports: [445] },
    ...further(runtimeEgress),
  ]);

/** The gateway: entered by clients and suite; goes to the runtimes and to Redis. */
export function gatewayRules(parties: NetworkParties): SecurityRule[] {
  const { clientCidrs, smokeCidr, runtimeCidrs, poolCidrs, runtimePort, gatewayPort } = parties;
  return [
    ...direction('Inbound', [
      { name: 'smoke', from: present(smokeCidr), ports: [gatewayPort] },
      apart(parties, gatewayPort),
      { name: 'clients', from: clientCidrs, ports: [gatewayPort] },
    ]),
    ...direction('Outbound', [
      { name: 'runtimes', to: poolCidrs.length > 0 ? poolCidrs : runtimeCidrs, ports: [runtimePort] },
      HTTPS,
      ...further(parties.gatewayEgress),
    ]),
  ];
}

/** The suite: nobody enters; it goes to runtimes and gateway. */
export function smokeRules({
  runtimeCidrs,
  poolCidrs,
  gatewayCidr,
  runtimePort,
  gatewayPort,
}: NetworkParties): SecurityRule[] {
  return [
    ...direction('Inbound', []),
    ...direction('Outbound', [
      { name: 'runtimes', to: [...runtimeCidrs, ...poolCidrs], ports: [runtimePort] },
      { name: 'gateway', to: present(gatewayCidr), ports: [gatewayPort] },
      HTTPS,
    ]),
  ];
}
