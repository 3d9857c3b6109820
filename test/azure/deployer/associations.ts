import type { AzureStandIn } from '../stand-in/index.js';
import { callArm } from '../support/arm.js';

import type { Config } from './stack.js';

/** A resource of the provider that is only a property of another one, such as the security group of a subnet. */
interface Association {
  readonly owner: (config: Config) => string;
  readonly property: string;
  readonly value: (config: Config) => unknown;
}

export const ASSOCIATIONS: Readonly<Record<string, Association>> = {
  azurerm_subnet_network_security_group_association: {
    owner: ({ subnet_id }) => String(subnet_id),
    property: 'networkSecurityGroup',
    value: ({ network_security_group_id: id }) => ({ id }),
  },
  azurerm_subnet_nat_gateway_association: {
    owner: ({ subnet_id }) => String(subnet_id),
    property: 'natGateway',
    value: ({ nat_gateway_id: id }) => ({ id }),
  },
  azurerm_nat_gateway_public_ip_association: {
    owner: ({ nat_gateway_id }) => String(nat_gateway_id),
    property: 'publicIpAddresses',
    value: ({ public_ip_address_id: id }) => [{ id }],
  },
};

/** PUTs the other resource as it is, with the property or without it. */
export async function associate(
  standIn: AzureStandIn,
  { owner, property, value }: Association,
  config: Config,
  there: boolean,
): Promise<void> {
  const id = owner(config);
  const { status, body } = await callArm(standIn, 'GET', id);
  if (status === 404 && !there) return;
  const { [property]: _, ...properties } = body.properties as Record<string, unknown>;
  const changed = { ...body, properties: { ...properties, ...(there ? { [property]: value(config) } : {}) } };
  const answer = await callArm(standIn, 'PUT', id, changed);
  if (answer.status >= 300) throw new Error(`PUT ${id}: ${answer.body.error?.message}`);
}
