import { BlockList, isIP } from 'node:net';

import type {
  V1IPBlock,
  V1LabelSelector,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
} from '@kubernetes/client-node';

type Labels = Readonly<Record<string, string>>;

/** A pod with its namespace, or, without one, an address outside of the cluster. */
export interface Party {
  readonly address: string;
  readonly namespace?: { readonly name: string; readonly labels: Labels };
  readonly labels?: Labels;
}

type Direction = 'Ingress' | 'Egress';

/**
 * Whether the policies of a pod's namespace let it talk to somebody by TCP, by the rules of networking.k8s.io/v1: no
 * policy of a direction means everybody, and of several each one opens what it names.
 */
export function policiesAllow(
  policies: readonly V1NetworkPolicy[],
  direction: Direction,
  { pod, peer, port }: { readonly pod: Party; readonly peer: Party; readonly port: number },
): boolean {
  const mine = policies.filter(
    ({ spec }) => spec && applies(spec, direction) && matches(spec.podSelector, pod.labels),
  );
  if (mine.length === 0) return true;
  return mine.some(({ spec }) => {
    const rules =
      direction === 'Ingress'
        ? (spec?.ingress ?? []).map((rule) => ({ peers: rule._from, ports: rule.ports }))
        : (spec?.egress ?? []).map((rule) => ({ peers: rule.to, ports: rule.ports }));
    return rules.some(
      ({ peers = [], ports = [] }) =>
        (ports.length === 0 || ports.some((open) => opens(open, port))) &&
        (peers.length === 0 || peers.some((who) => isPeer(who, peer, pod))),
    );
  });
}

function applies(
  { policyTypes, egress }: NonNullable<V1NetworkPolicy['spec']>,
  direction: Direction,
): boolean {
  return policyTypes?.includes(direction) ?? (direction === 'Ingress' || egress !== undefined);
}

/** A named port may be any: what is not known counts as open. */
function opens({ protocol = 'TCP', port, endPort }: V1NetworkPolicyPort, wanted: number): boolean {
  if (protocol !== 'TCP') return false;
  const first = Number(port);
  return port === undefined || Number.isNaN(first) || (wanted >= first && wanted <= (endPort ?? first));
}

function isPeer(who: V1NetworkPolicyPeer, peer: Party, pod: Party): boolean {
  if (who.ipBlock) return inBlock(who.ipBlock, peer.address);
  if (!peer.namespace) return false;
  const namespace = who.namespaceSelector
    ? matches(who.namespaceSelector, peer.namespace.labels)
    : peer.namespace.name === pod.namespace?.name;
  return namespace && matches(who.podSelector, peer.labels);
}

/** An empty selector is everybody. */
function matches(selector: V1LabelSelector | undefined, labels: Labels = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const value = labels[key];
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value);
        case 'NotIn':
          return value === undefined || !values.includes(value);
        case 'Exists':
          return value !== undefined;
        default:
          return value === undefined;
      }
    })
  );
}

function inBlock({ cidr, except = [] }: V1IPBlock, address: string): boolean {
  return within(cidr, address) && !except.some((range) => within(range, address));
}

function within(cidr: string, address: string): boolean {
  const [start = '', bits] = cidr.split('/');
  if (isIP(start) === 0 || isIP(start) !== isIP(address)) return false;
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const blocks = new BlockList();
  blocks.addSubnet(start, Number(bits), family);
  return blocks.check(address, family);
}
