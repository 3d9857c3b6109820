import { PrivateDnsZone } from '@cdktf/provider-azurerm/lib/private-dns-zone/index.js';
import { PrivateDnsZoneVirtualNetworkLink } from '@cdktf/provider-azurerm/lib/private-dns-zone-virtual-network-link/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import type { Tags } from './cross-cutting.js';

export interface PrivateZoneProps {
  readonly resourceGroupName: string;
  /** Name of the zone, such as `copilot.internal`. */
  readonly name: string;
  /** Ids of the networks that resolve it, by a key of yours: also those of clients that are peered. */
  readonly virtualNetworkIds: Readonly<Record<string, string>>;
  /** @default - none */
  readonly tags?: Tags;
}

/** A private DNS zone for the names of groups, and the networks that resolve it. */
export class PrivateZone extends Construct {
  readonly resource: PrivateDnsZone;
  /** What must be there before a record is of use. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: PrivateZoneProps) {
    super(scope, id);
    const { resourceGroupName, name, virtualNetworkIds } = props;
    const tags = { ...props.tags };
    this.resource = new PrivateDnsZone(this, 'Resource', { resourceGroupName, name, tags });
    this.ready = [
      this.resource,
      ...Object.entries(virtualNetworkIds).map(
        ([key, virtualNetworkId]) =>
          new PrivateDnsZoneVirtualNetworkLink(this, `link-${key}`, {
            name: key,
            resourceGroupName,
            privateDnsZoneName: this.resource.name,
            virtualNetworkId,
            // A group is no virtual machine: Azure registers none by itself.
            registrationEnabled: false,
            tags,
          }),
      ),
    ];
  }
}
