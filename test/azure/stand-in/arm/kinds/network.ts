import { AzureError } from '../../exchange.js';
import type { Azure, Kind } from '../kind.js';
import { same } from '../resource-id.js';
import { listOf, type Body, type Properties, type Resource } from '../store.js';

export const NETWORKS = 'Microsoft.Network/virtualNetworks';
export const SUBNETS = `${NETWORKS}/subnets`;
export const SECURITY_GROUPS = 'Microsoft.Network/networkSecurityGroups';

interface Named {
  readonly name: string;
  readonly properties: Properties;
}

/** Virtual networks; their subnets are resources of their own, and part of them. */
export const networks: Kind = {
  type: NETWORKS,
  put(asked, { azure, path: { id } }) {
    const { subnets: given, ...properties } = asked.properties as { readonly subnets?: readonly Named[] };
    for (const subnet of given ?? [])
      azure.store.put({
        id: `${id}/subnets/${subnet.name}`,
        name: subnet.name,
        type: SUBNETS,
        body: checkedSubnet({ properties: { provisioningState: 'Succeeded', ...subnet.properties } }, azure),
      });
    return { ...asked, properties };
  },
  show({ id, body }, { store }) {
    const subnets = partsOf(id, SUBNETS, store.below(id));
    return { ...body, properties: { ...body.properties, subnets } };
  },
  remove({ id }, azure) {
    for (const subnet of azure.store.below(id)) checkUnused(subnet, azure);
  },
};

export const subnets: Kind = {
  type: SUBNETS,
  put: (asked, { azure }) => checkedSubnet(asked, azure),
  remove: (subnet, azure) => checkUnused(subnet, azure),
};

/** A subnet refers to what is there, and shows what it delegates to. */
function checkedSubnet(asked: Body, { store }: Azure): Body {
  const { properties } = asked;
  for (const name of ['networkSecurityGroup', 'natGateway']) {
    const { id } = (properties[name] ?? {}) as { readonly id?: string };
    if (id && !store.get(id))
      throw new AzureError(
        404,
        'InvalidResourceReference',
        `Resource ${id} referenced by resource was not found. Please make sure that the referenced resource exists.`,
      );
  }
  const single = properties.addressPrefix as string | undefined;
  const prefixes = listOf<string>(properties, 'addressPrefixes');
  return {
    ...asked,
    properties: { ...properties, addressPrefixes: prefixes.length ? prefixes : single ? [single] : [] },
  };
}

function checkUnused({ id }: Resource, { groups }: Azure): void {
  const user = groups.inSubnet(id);
  if (user)
    throw new AzureError(
      400,
      'InUseSubnetCannotBeDeleted',
      `Subnet ${id} is in use by ${user} and cannot be deleted.`,
    );
}

/** The range of a subnet, such as `10.0.1.0/24`. */
export const rangeOf = ({ body }: Resource): string => listOf<string>(body.properties, 'addressPrefixes')[0]!;

export const securityGroups: Kind = {
  type: SECURITY_GROUPS,
  put(asked, { azure, path: { id } }) {
    const { securityRules, ...properties } = asked.properties as {
      readonly securityRules?: readonly Named[];
    };
    // A PUT without rules leaves none: they are part of the group.
    for (const rule of azure.store.below(id)) if (securityRules) azure.store.delete(rule.id);
    for (const rule of securityRules ?? [])
      azure.store.put({
        id: `${id}/securityRules/${rule.name}`,
        name: rule.name,
        type: `${SECURITY_GROUPS}/securityRules`,
        body: { properties: { provisioningState: 'Succeeded', ...rule.properties } },
      });
    return { ...asked, properties };
  },
  show({ id, body }, { store }) {
    const rules = partsOf(id, `${SECURITY_GROUPS}/securityRules`, store.below(id));
    const users = usersOf(id, 'networkSecurityGroup', store.list(SUBNETS));
    return { ...body, properties: { ...body.properties, securityRules: rules, subnets: users } };
  },
  remove: ({ id }, { store }) =>
    refuseUsed(id, 'networkSecurityGroup', store.list(SUBNETS), 'InUseNetworkSecurityGroupCannotBeDeleted'),
};

export const securityRules: Kind = { type: `${SECURITY_GROUPS}/securityRules` };

export const natGateways: Kind = {
  type: 'Microsoft.Network/natGateways',
  show({ id, body }, { store }) {
    const users = usersOf(id, 'natGateway', store.list(SUBNETS));
    return { ...body, properties: { ...body.properties, subnets: users } };
  },
  remove: ({ id }, { store }) =>
    refuseUsed(id, 'natGateway', store.list(SUBNETS), 'InUseNatGatewayCannotBeDeleted'),
};

export const publicAddresses: Kind = {
  type: 'Microsoft.Network/publicIPAddresses',
  put: (asked) => ({
    ...asked,
    sku: { name: 'Standard', tier: 'Regional', ...asked.sku },
    properties: { ipAddress: '203.0.113.10', idleTimeoutInMinutes: 4, ...asked.properties },
  }),
};

function usersOf(id: string, reference: string, all: readonly Resource[]): { id: string }[] {
  return all
    .filter(({ body }) => same((body.properties[reference] as { id?: string } | undefined)?.id, id))
    .map((user) => ({ id: user.id }));
}

function refuseUsed(id: string, reference: string, all: readonly Resource[], code: string): void {
  const [user] = usersOf(id, reference, all);
  if (user) throw new AzureError(400, code, `${id} cannot be deleted because it is in use by ${user.id}.`);
}

function partsOf(id: string, type: string, all: readonly Resource[]) {
  return all
    .filter((part) => same(part.type, type) && same(part.id.split('/').slice(0, -2).join('/'), id))
    .map((part) => ({ id: part.id, name: part.name, type: part.type, ...part.body }));
}
