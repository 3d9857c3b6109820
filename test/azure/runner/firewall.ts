import { rangeOf, SECURITY_GROUPS, SUBNETS, NETWORKS } from '../stand-in/arm/kinds/network.js';
import { same } from '../stand-in/arm/resource-id.js';
import type { Resource } from '../stand-in/arm/store.js';

/** A rule of a network security group, as Azure keeps it. */
interface SecurityRule {
  readonly priority: number;
  readonly direction: 'Inbound' | 'Outbound';
  readonly access: 'Allow' | 'Deny';
  readonly protocol: string;
  readonly sourceAddressPrefix?: string;
  readonly sourceAddressPrefixes?: readonly string[];
  readonly destinationAddressPrefix?: string;
  readonly destinationAddressPrefixes?: readonly string[];
  readonly destinationPortRange?: string;
  readonly destinationPortRanges?: readonly string[];
}

/**
 * What the network security groups say, for nftables: for each subnet with a group its rules in order of priority,
 * then those that Azure adds. Answers to what was let through are let through.
 */
export function firewall(resources: readonly Resource[]): string {
  const network = resources
    .filter(({ type }) => same(type, NETWORKS))
    .flatMap(({ body }) => (body.properties.addressSpace as { addressPrefixes: string[] }).addressPrefixes);
  const guarded = resources.flatMap((subnet) => {
    const group = same(subnet.type, SUBNETS) ? groupOf(subnet) : undefined;
    return group ? [{ range: rangeOf(subnet), rules: rulesOf(group, resources) }] : [];
  });
  const chains = guarded.flatMap(({ rules }, index) => [
    `chain in_${index} {`,
    ...lines(rules, 'Inbound', network),
    ` ip saddr ${set(network)} accept`,
    ' drop',
    '}',
    `chain out_${index} {`,
    ...lines(rules, 'Outbound', network),
    ' return',
    '}',
  ]);
  const jumps = guarded.flatMap(({ range }, index) => [
    ` ip saddr ${range} jump out_${index}`,
    ` ip daddr ${range} jump in_${index}`,
  ]);
  return [
    'table inet nsg',
    'delete table inet nsg',
    'table inet nsg {',
    ...chains,
    'chain forward {',
    ' type filter hook forward priority 0; policy accept;',
    ' ct state established,related accept',
    // A packet leaves one subnet before it enters the other.
    ...jumps.sort((a, b) => Number(a.includes(' ip daddr')) - Number(b.includes(' ip daddr'))),
    '}',
    '}',
    '',
  ].join('\n');
}

function groupOf({ body }: Resource): string | undefined {
  return (body.properties.networkSecurityGroup as { readonly id?: string } | undefined)?.id;
}

function rulesOf(group: string, resources: readonly Resource[]): SecurityRule[] {
  return resources
    .filter(
      ({ id, type }) =>
        same(type, `${SECURITY_GROUPS}/securityRules`) && same(id.split('/').slice(0, -2).join('/'), group),
    )
    .map(({ body }) => body.properties as unknown as SecurityRule)
    .sort((a, b) => a.priority - b.priority);
}

function lines(
  rules: readonly SecurityRule[],
  direction: SecurityRule['direction'],
  network: readonly string[],
): string[] {
  const allow = direction === 'Inbound' ? 'accept' : 'return';
  return rules
    .filter((rule) => rule.direction === direction)
    .flatMap((rule) => {
      const source = addresses('saddr', rule.sourceAddressPrefix, rule.sourceAddressPrefixes, network);
      const target = addresses(
        'daddr',
        rule.destinationAddressPrefix,
        rule.destinationAddressPrefixes,
        network,
      );
      // A service of Azure that is not in this network: the rule never applies.
      if (source === undefined || target === undefined) return [];
      return [` ${source}${target}${ports(rule)}${rule.access === 'Allow' ? allow : 'drop'}`];
    });
}

function addresses(
  field: 'saddr' | 'daddr',
  single: string | undefined,
  several: readonly string[] = [],
  network: readonly string[],
): string | undefined {
  const all = several.length > 0 ? several : [single ?? '*'];
  if (all.some((one) => one === '*' || one === '0.0.0.0/0')) return '';
  if (all.includes('Internet')) return `ip ${field} != ${set(network)} `;
  const known = all.flatMap((one) => (one === 'VirtualNetwork' ? network : /^\d/.test(one) ? [one] : []));
  return known.length > 0 ? `ip ${field} ${set(known)} ` : undefined;
}

function ports({ protocol, destinationPortRange, destinationPortRanges = [] }: SecurityRule): string {
  const all = destinationPortRanges.length > 0 ? destinationPortRanges : [destinationPortRange ?? '*'];
  const layer4 = protocol === '*' ? '{ tcp, udp }' : protocol.toLowerCase();
  if (!all.includes('*')) return `meta l4proto ${layer4} th dport ${set(all)} `;
  return protocol === '*' ? '' : `meta l4proto ${layer4} `;
}

const set = (values: readonly string[]) => `{ ${values.join(', ')} }`;
