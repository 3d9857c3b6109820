import { PrivateDnsARecord } from '@cdktf/provider-azurerm/lib/private-dns-a-record/index.js';
import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';

import { PLACEHOLDER_ADDRESS } from '../../topology/host-contract.js';
import { validateProps, within, type PropRule } from '../common/validation.js';

import { grant, type Tags } from './cross-cutting.js';
import { azureName, literal, resourceId } from './rules.js';

export interface PrivateNameProps {
  /** Private DNS zone that is linked to the networks of clients, gateway and suite. */
  readonly zoneId: string;
  /** Name of the record set in the zone. */
  readonly name: string;
  /** Object id of the identity of the group that the name leads to. It writes the address. */
  readonly principalId: string;
  /** How long a client may keep an address that is no longer right, in seconds. @default 10 */
  readonly ttlSeconds?: number;
  /** Provider of the zone's subscription. @default - that of the stack */
  readonly provider?: TerraformProvider;
  /** @default - none */
  readonly tags?: Tags;
}

const RULES: readonly PropRule<PrivateNameProps>[] = [
  resourceId('zoneId', 'Microsoft.Network/privateDnsZones', (props) => props.zoneId),
  literal('zoneId', (props) => props.zoneId),
  azureName('name', 'recordSet', (props) => props.name),
  within('ttlSeconds', 1, 3600, (props) => props.ttlSeconds),
];

/**
 * The name of a group, whose address changes at every restart. Terraform makes the record set before the group, and
 * gives the group's identity rights on it alone: with rights on the zone, a tenant could take the names of others.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class PrivateName extends Construct {
  readonly resource: PrivateDnsARecord;
  /** Id of the record set. */
  readonly recordId: string;
  /** Full name that clients connect to. */
  readonly host: string;
  /** What the group must wait for. */
  readonly ready: readonly ITerraformDependable[];

  /** @param after what must be there before, such as a zone that the same stack makes */
  constructor(
    scope: Construct,
    id: string,
    props: PrivateNameProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, RULES);
    const { zoneId, name, provider } = props;
    const [, , , , resourceGroupName = '', , , , zoneName = ''] = zoneId.split('/');
    this.recordId = `${zoneId}/A/${name}`;
    this.host = `${name}.${zoneName}`;
    this.resource = new PrivateDnsARecord(this, 'Resource', {
      name,
      zoneName,
      resourceGroupName,
      ttl: props.ttlSeconds ?? 10,
      records: [PLACEHOLDER_ADDRESS],
      tags: { ...props.tags },
      ...(provider && { provider }),
      // The group writes it: Terraform must not take it back.
      lifecycle: { ignoreChanges: ['records'] },
      dependsOn: [...after],
    });
    const role = { roleDefinitionIdOrName: 'Private DNS Zone Contributor', principalId: props.principalId };
    this.ready = [
      this.resource,
      grant(this, 'Write', this.recordId, role, { ...(provider && { provider }), after: [this.resource] }),
    ];
  }
}
