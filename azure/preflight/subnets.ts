import { Findings, some } from '../../diagnosis/index.js';
import { RESERVED_ADDRESSES, regionName } from '../../topology/azure/limits.js';
import { tagName, TOPOLOGY_LABEL } from '../../topology/labels.js';
import { API_VERSIONS } from '../api-versions.js';
import type { Group } from '../group.js';
import { parseResourceId, same } from '../resource-id.js';

import { plannedGroups, unique, type PreflightCheck, type PreflightContext } from './context.js';
import { networkOf } from './zone.js';

interface Network {
  readonly location?: string;
  readonly properties: { readonly subnets?: readonly Subnet[] };
}

interface Subnet {
  readonly id: string;
  readonly properties: {
    readonly addressPrefix?: string;
    readonly addressPrefixes?: readonly string[];
    readonly delegations?: readonly { readonly properties?: { readonly serviceName?: string } }[];
    readonly serviceEndpoints?: readonly { readonly service?: string }[];
    readonly natGateway?: { readonly id?: string };
    readonly routeTable?: { readonly id?: string };
    readonly networkSecurityGroup?: { readonly id?: string };
    readonly ipConfigurations?: readonly { readonly id?: string }[];
  };
}

const DELEGATION = 'Microsoft.ContainerInstance/containerGroups';

/** Can groups be made in the subnets that the topology names, and do they stay apart there? */
export const checkSubnets: PreflightCheck = async (context) => {
  const findings = new Findings('subnets');
  const { arm, azure } = context;
  // Those that the stacks create are as they must be.
  if (azure.network) return findings.list;
  const asked = subnetsOf(context);
  const networks = new Map<string, Network | undefined>();
  await Promise.all(
    unique(asked.map(({ id }) => networkOf(id))).map(async (id) => {
      networks.set(id, await arm.find<Network>(id, { apiVersion: API_VERSIONS.network }));
    }),
  );
  for (const { id, location, groups, mounts } of asked) {
    const network = networks.get(networkOf(id));
    const subnet = network?.properties.subnets?.find((one) => same(one.id, id));
    if (!network || !subnet) {
      findings.problem(`there is no subnet ${id}: create it, or correct its id`);
      continue;
    }
    if (network.location !== undefined && regionName(network.location) !== regionName(location)) {
      findings.problem(
        `subnet ${id} is in ${network.location}, and its groups are planned for ${location}: name one there`,
      );
    }
    const { name } = parseResourceId(id);
    for (const message of judgeSubnet(subnet, groups.length, mounts))
      findings.problem(`subnet ${name} ${message}`);
    const others = usersOf(subnet, context);
    if (others.length > 0) {
      findings.problem(
        `subnet ${name} is shared with ${some(others)}, which security groups do not keep apart from our groups: use a subnet of its own`,
      );
    }
  }
  return findings.list;
};

/** Subnets that groups are planned in; runtimes mount a share, gateway and suite none. */
function subnetsOf(context: PreflightContext) {
  const { azure } = context;
  const planned = plannedGroups(context).map(([, group]) => group);
  const runtimes = new Set(Object.values(azure.runtimes).map(({ groupId }) => groupId));
  const all = [...planned, ...(azure.smoke ? [{ ...azure.smoke, groupId: '' }] : [])];
  return unique(all.map(({ subnetId }) => subnetId)).map((id) => {
    const groups = all.filter(({ subnetId }) => subnetId === id);
    return {
      id,
      location: groups[0]!.location,
      groups,
      mounts: groups.some(({ groupId }) => runtimes.has(groupId)),
    };
  });
}

/** What is wrong with a subnet, each completing "subnet x …". */
function judgeSubnet({ properties }: Subnet, groups: number, mounts: boolean): string[] {
  const {
    delegations = [],
    serviceEndpoints = [],
    natGateway,
    routeTable,
    networkSecurityGroup,
  } = properties;
  const [prefix = ''] = [...(properties.addressPrefixes ?? []), properties.addressPrefix ?? ''];
  const room = 2 ** (32 - Number(prefix.split('/')[1] ?? 32)) - RESERVED_ADDRESSES;
  const problems: string[] = [];
  if (!delegations.some(({ properties: one }) => one?.serviceName === DELEGATION)) {
    const other = delegations[0]?.properties?.serviceName;
    problems.push(
      `is ${other === undefined ? 'not delegated' : `delegated to ${other}`}: delegate it to ${DELEGATION} ("az network vnet subnet update --delegations ${DELEGATION}")`,
    );
  }
  if (!natGateway && !routeTable) {
    problems.push(
      'has no NAT gateway, the only way out that Container Instances supports: give it one, or groups pull no image and read no secret',
    );
  }
  if (!networkSecurityGroup) {
    problems.push(
      'has no security group, so that every runtime in it reaches every other: give it one (docs/azure.md)',
    );
  }
  if (
    mounts &&
    !serviceEndpoints.some(({ service }) => /^Microsoft\.Storage(\.Global)?$/.test(service ?? ''))
  ) {
    problems.push(
      'has no service endpoint Microsoft.Storage, without which the storage accounts do not let it in: add it',
    );
  }
  if (groups > room) {
    problems.push(
      `has ${Math.max(0, room)} addresses (${prefix}) for ${groups} groups: use a larger one, or several`,
    );
  }
  return problems;
}

/** Names of what else has an address in a subnet. */
function usersOf(subnet: Subnet, context: PreflightContext): string[] {
  const { groups, azure } = context;
  const ours = new Set(
    [...Object.values(azure.runtimes), ...(azure.gateway ? [azure.gateway] : [])].map(({ groupId }) =>
      groupId.toLowerCase(),
    ),
  );
  const foreign = groups
    .filter(
      (group) =>
        !ours.has(group.id.toLowerCase()) &&
        !isOurs(group, context) &&
        group.properties.subnetIds?.some((one) => same(one.id, subnet.id)),
    )
    .map(({ name }) => `container group ${name}`);
  const others = (subnet.properties.ipConfigurations ?? [])
    .map(({ id = '' }) => id)
    .filter((id) => !/Microsoft\.ContainerInstance|networkProfiles/i.test(id))
    .map((id) => parseResourceId(id.replace(/\/ipConfigurations\/[^/]*$/i, '')).name);
  return [...foreign, ...unique(others)];
}

/** Of an earlier plan, or the suite at work. */
function isOurs({ tags, identity }: Group, { plan, azure }: PreflightContext): boolean {
  const suite = azure.smoke?.identityId ?? '';
  return (
    tags?.[tagName(TOPOLOGY_LABEL)] === plan.name ||
    Object.keys(identity?.userAssignedIdentities ?? {}).some((id) => same(id, suite))
  );
}
