import { BlockList, isIP } from 'node:net';

import { all, type Json, type TerraformJson } from './support.js';

/** A pod, or an address outside of the cluster (without a namespace). */
export interface Point {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ip: string;
}

export interface Port {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/**
 * Who reaches whom under the NetworkPolicies of some stacks, by the rules of networking.k8s.io/v1: a pod that a policy
 * of a direction selects is closed in that direction but for what some policy opens, and both ends must allow.
 * Empty lists count as the provider has them: it drops them, and a rule without peers is for everybody.
 */
export class Network {
  readonly #policies: readonly Json[];

  constructor(stacks: readonly TerraformJson[]) {
    this.#policies = stacks.flatMap((stack) => all(stack, 'network_policy'));
  }

  reaches(from: Point, to: Point, port: Port): boolean {
    return this.#open('Egress', from, to, port) && this.#open('Ingress', to, from, port);
  }

  #open(direction: 'Ingress' | 'Egress', subject: Point, peer: Point, port: Port): boolean {
    const [rules, peers] = direction === 'Ingress' ? ['ingress', 'from'] : ['egress', 'to'];
    const mine = this.#policies.filter(
      ({ metadata, spec }) =>
        metadata.namespace === subject.namespace &&
        spec.policy_types.includes(direction) &&
        matches(spec.pod_selector, subject.labels),
    );
    if (mine.length === 0) return true;
    return mine.some(({ spec }) =>
      list(spec[rules!]).some(
        (rule) =>
          (list(rule.ports).length === 0 || list(rule.ports).some((open) => samePort(open, port))) &&
          (list(rule[peers!]).length === 0 || list(rule[peers!]).some((who) => isPeer(who, peer, subject))),
      ),
    );
  }
}

const list = (value: Json): Json[] => value ?? [];

const samePort = (open: Json, { protocol, port }: Port) =>
  (open.protocol ?? 'TCP') === protocol && (open.port === undefined || open.port === String(port));

function isPeer(who: Json, peer: Point, subject: Point): boolean {
  // Whether a pod's own address counts differs from CNI to CNI: take it that it does.
  if (who.ip_block) return inBlock(who.ip_block, peer.ip);
  if (peer.namespace === undefined) return false;
  const namespace = who.namespace_selector
    ? matches(who.namespace_selector, { 'kubernetes.io/metadata.name': peer.namespace })
    : peer.namespace === subject.namespace;
  return namespace && matches(who.pod_selector ?? {}, peer.labels);
}

function matches(selector: Json, labels: Point['labels'] = {}): boolean {
  return Object.entries(selector.match_labels ?? {}).every(([key, value]) => labels[key] === value);
}

function inBlock({ cidr, except = [] }: Json, ip: string): boolean {
  return within(cidr, ip) && !except.some((range: string) => within(range, ip));
}

function within(cidr: string, ip: string): boolean {
  const [address = '', bits] = cidr.split('/');
  if (isIP(address) !== isIP(ip)) return false;
  const family = isIP(ip) === 4 ? 'ipv4' : 'ipv6';
  const blocks = new BlockList();
  blocks.addSubnet(address, Number(bits), family);
  return blocks.check(ip, family);
}
