import { BlockList, isIP } from 'node:net';

import type {
  NetworkPolicyV1SpecEgress,
  NetworkPolicyV1SpecIngress,
} from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';

import { ANY_RUNTIME, NAMESPACE_NAME_LABEL } from '../../topology/labels.js';
import { digits } from '../common/validation.js';

/**
 * Never reached on the way to the internet: private, shared, link-local (with the metadata service), loopback and
 * reserved ranges, and Azure's platform address, which serves metadata to its guests.
 */
export const NON_PUBLIC_RANGES = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '224.0.0.0/4',
  '240.0.0.0/4',
] as const;

/** Pods in a namespace, or addresses outside of the cluster, on one TCP port. */
export interface Destination {
  readonly namespace?: string;
  readonly podSelector?: Readonly<Record<string, string>>;
  readonly cidr?: string;
  readonly port: number;
}

export interface EgressOptions {
  /** Addresses of the API server that are public, and so not shut out by their range. @default - none */
  readonly apiServerCidrs?: readonly string[];
  /** DNS servers besides kube-dns, e.g. a node-local cache. @default - none */
  readonly dnsCidrs?: readonly string[];
  /** Further destinations. @default - none */
  readonly destinations?: readonly Destination[];
}

const tcp = (port: number) => ({ protocol: 'TCP', port: digits(port) });
const DNS_PORTS = [
  { protocol: 'UDP', port: '53' },
  { protocol: 'TCP', port: '53' },
];

/** The way to the cluster's own DNS. */
export const DNS_EGRESS: NetworkPolicyV1SpecEgress = {
  to: [podsIn('kube-system', { 'k8s-app': 'kube-dns' })],
  ports: DNS_PORTS,
};

/** Pods of a namespace; an empty selector means all of them. */
export function podsIn(namespace: string, podSelector: Readonly<Record<string, string>> = {}) {
  return {
    namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } },
    podSelector: { matchLabels: { ...podSelector } },
  };
}

/** What a runtime may reach: DNS, HTTPS on the public internet, and what is named. */
export function runtimeEgress(options: EgressOptions): NetworkPolicyV1SpecEgress[] {
  const { apiServerCidrs = [], dnsCidrs = [], destinations = [] } = options;
  return [
    ...dnsEgress(dnsCidrs),
    {
      to: [
        { ipBlock: { cidr: '0.0.0.0/0', except: [...NON_PUBLIC_RANGES, ...apiServerCidrs.filter(isIpv4)] } },
      ],
      ports: [tcp(443)],
    },
    ...destinations.map((destination) => named(destination, apiServerCidrs)),
  ];
}

function dnsEgress(dnsCidrs: readonly string[]): NetworkPolicyV1SpecEgress[] {
  if (dnsCidrs.length === 0) return [DNS_EGRESS];
  return [DNS_EGRESS, { to: dnsCidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: DNS_PORTS }];
}

function named({ namespace, podSelector, cidr, port }: Destination, apiServerCidrs: readonly string[]) {
  return {
    to: [cidr === undefined ? podsIn(namespace ?? '', podSelector) : ipBlock(cidr, apiServerCidrs)],
    ports: [tcp(port)],
  };
}

/** What a gateway may reach: DNS, the replicas, the API server, and what is named. */
export function gatewayEgress(options: {
  readonly namespace: string;
  readonly runtimePort: number;
  readonly dnsCidrs?: readonly string[];
  readonly destinations?: readonly Destination[];
}): NetworkPolicyV1SpecEgress[] {
  const { namespace, runtimePort, dnsCidrs = [], destinations = [] } = options;
  return [
    ...dnsEgress(dnsCidrs),
    { to: [podsIn(namespace, ANY_RUNTIME)], ports: [tcp(runtimePort)] },
    // Tenants' tokens are followed there. Its address and port are other ones on every cluster.
    { to: ['0.0.0.0/0', '::/0'].map((all) => ipBlock(all, [])), ports: [tcp(443), tcp(6443)] },
    ...destinations.map((destination) => named(destination, [])),
  ];
}

/** Who may enter, on one port; undefined for nobody, since the provider drops an empty list and lets all in. */
export function ingressFrom(
  peers: readonly { readonly namespace: string; readonly podSelector?: Readonly<Record<string, string>> }[],
  port: number,
): NetworkPolicyV1SpecIngress[] | undefined {
  if (peers.length === 0) return undefined;
  return [
    { from: peers.map(({ namespace, podSelector }) => podsIn(namespace, podSelector)), ports: [tcp(port)] },
  ];
}

/** An `except` must lie within its block, and ours is IPv4; IPv6 destinations are not open at all. */
const isIpv4 = (cidr: string) => !cidr.includes(':');

/** Where clouds serve metadata and credentials to their machines, by either protocol. */
const METADATA_RANGES = ['168.63.129.16/32', '169.254.0.0/16', 'fd00:ec2::254/128', 'fe80::/10'] as const;

/** A range without what is shut in it: who opens a wide one does not mean the metadata service. */
function ipBlock(cidr: string, apiServerCidrs: readonly string[]) {
  const except = [...METADATA_RANGES, ...apiServerCidrs].filter((range) => isWithin(range, cidr));
  return { ipBlock: { cidr, ...(except.length > 0 && { except }) } };
}

/** Whether a range is a smaller part of another one. Tokens are in none. */
function isWithin(part: string, whole: string): boolean {
  const [inner, outer] = [parse(part), parse(whole)];
  if (!inner || !outer || inner.family !== outer.family || inner.bits <= outer.bits) return false;
  const list = new BlockList();
  list.addSubnet(outer.address, outer.bits, outer.family);
  return list.check(inner.address, inner.family);
}

function parse(cidr: string) {
  const [address = '', bits] = cidr.split('/');
  const version = isIP(address);
  if (version === 0 || bits === undefined) return undefined;
  return { address, bits: Number(bits), family: version === 4 ? ('ipv4' as const) : ('ipv6' as const) };
}
