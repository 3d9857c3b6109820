import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity/index.js';
import { Construct } from 'constructs';

import { grant, type Tags } from './cross-cutting.js';

export interface SmokeIdentityProps {
  readonly resourceGroupName: string;
  /** Azure region. */
  readonly location: string;
  readonly name: string;
  /** Ids of the resource groups that the suite looks at, by a key of yours. */
  readonly resourceGroupIds: Readonly<Record<string, string>>;
  /** @default - none */
  readonly tags?: Tags;
}

/** Whom the smoke suite runs as. Whoever may use the identity reads every token that names it as a
 * reader. */
export class SmokeIdentity extends Construct {
  readonly resource: UserAssignedIdentity;

  constructor(scope: Construct, id: string, props: SmokeIdentityProps) {
    super(scope, id);
    const { resourceGroupName, location, name } = props;
    this.resource = new UserAssignedIdentity(this, 'Resource', {
      resourceGroupName,
      location,
      name,
      tags: { ...props.tags },
    });
    const { principalId } = this.resource;
    for (const [key, target] of Object.entries(props.resourceGroupIds)) {
      grant(this, `look-${key}`, target, { roleDefinitionIdOrName: 'Reader', principalId });
    }
  }
}
