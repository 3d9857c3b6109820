import { NatGateway } from '@cdktf/provider-azurerm/lib/nat-gateway/index.js';
import { NatGatewayPublicIpAssociation } from '@cdktf/provider-azurerm/lib/nat-gateway-public-ip-association/index.js';
import { NetworkSecurityGroup } from '@cdktf/provider-azurerm/lib/network-security-group/index.js';
import { PublicIp } from '@cdktf/provider-azurerm/lib/public-ip/index.js';
import { Subnet } from '@cdktf/provider-azurerm/lib/subnet/index.js';
import { SubnetNatGatewayAssociation } from '@cdktf/provider-azurerm/lib/subnet-nat-gateway-association/index.js';
import { SubnetNetworkSecurityGroupAssociation } from '@cdktf/provider-azurerm/lib/subnet-network-security-group-association/index.js';
import { VirtualNetwork } from '@cdktf/provider-azurerm/lib/virtual-network/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { validateProps, within, type PropRule } from '../common/validation.js';

import { protect, type LockProps, type RoleAssignmentProps, type Tags } from './cross-cutting.js';
import { gatewayRules, poolRules, runtimeRules, smokeRules, type SecurityRule } from './network-rules.js';

export interface RuntimeNetworkProps {
  readonly resourceGroupName: string;
  /** Azure region. */
  readonly location: string;
  /** Name of the network, and prefix of what belongs to it. */
  readonly name: string;
  /** Address range of the network, such as `10.60.0.0/16`. */
  readonly addressSpace: string;
  readonly subnets: {
    /**
     * Address ranges of the runtimes' subnets, by name. Groups of one subnet are made one after another, so several
     * are faster. Azure keeps five addresses of each.
     */
    readonly runtimes: Readonly<Record<string, string>>;
    /**
     * Ranges of subnets for the replicas of a pool, by name, which only gateway and suite can enter.
     *
     * @default - replicas are among the runtimes, and clients are kept from them by their token alone
     */
    readonly pool?: Readonly<Record<string, string>>;
    /** Range of the gateway's subnet. @default - there is none */
    readonly gateway?: string;
    /** Range of the smoke suite's subnet. @default - there is none */
    readonly smoke?: string;
  };
  /**
   * Ranges or service tags of the back ends that connect to runtimes and gateway. Runtimes never do.
   *
   * @default - the network and those that are peered with it
   */
  readonly clientCidrs?: readonly string[];
  /** Port of the runtimes. @default 4321 */
  readonly runtimePort?: number;
  /** Port of the gateway. @default 4322 */
  readonly gatewayPort?: number;
  /** Further TCP destinations of the gateway, e.g. the Redis that keeps locks. @default - none */
  readonly gatewayEgress?: readonly { readonly cidr: string; readonly port: number }[];
  /** Further TCP destinations of runtimes, e.g. a collector. @default - none */
  readonly runtimeEgress?: readonly { readonly cidr: string; readonly port: number }[];
  /** @default - none */
  readonly lock?: LockProps;
  /** Roles on the network, by a key of yours. @default - none */
  readonly roleAssignments?: Readonly<Record<string, RoleAssignmentProps>>;
  /** @default - none */
  readonly tags?: Tags;
}

const CIDR = /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/;

const RULES: readonly PropRule<RuntimeNetworkProps>[] = [
  within('runtimePort', 1024, 65_535, (props) => props.runtimePort),
  within('gatewayPort', 1024, 65_535, (props) => props.gatewayPort),
  ({ subnets }) =>
    Object.keys(subnets.runtimes).length === 0
      ? 'subnets.runtimes must name a subnet, got none: add one, such as { runtimes: "10.60.0.0/24" }'
      : undefined,
  ({ addressSpace, subnets }) => {
    const ranges = [
      addressSpace,
      ...Object.values(subnets.runtimes),
      ...Object.values(subnets.pool ?? {}),
      subnets.gateway,
      subnets.smoke,
    ];
    const wrong = ranges.find((range) => range !== undefined && !CIDR.test(range));
    return wrong === undefined
      ? undefined
      : `addressSpace and subnets must be IPv4 ranges, for Container Instances has no IPv6, got "${wrong}": write 10.60.0.0/24`;
  },
];

/** A subnet that Container Instances may use, and what must be in place before a group starts in it. */
export interface DelegatedSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly ready: readonly ITerraformDependable[];
}

/**
 * A network for runtimes, for those who have none: delegated subnets, security groups that shut runtime from runtime,
 * and a NAT gateway, which is the only way out that Container Instances supports.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class RuntimeNetwork extends Construct {
  readonly resource: VirtualNetwork;
  /** Subnets of the runtimes, by name. */
  readonly runtimes: ReadonlyMap<string, DelegatedSubnet>;
  /** Subnets of the replicas, by name. */
  readonly pool: ReadonlyMap<string, DelegatedSubnet>;
  readonly gateway?: DelegatedSubnet;
  readonly smoke?: DelegatedSubnet;
  /** What must be there before a group starts in any of the subnets. */
  readonly ready: readonly ITerraformDependable[];
  private readonly nat: NatGateway;
  private readonly way: NatGatewayPublicIpAssociation;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RuntimeNetworkProps,
  ) {
    super(scope, id);
    validateProps(this.node.path, props, RULES);
    const { resourceGroupName, location, name, subnets } = props;
    const common = { resourceGroupName, location, tags: { ...props.tags } };
    this.resource = new VirtualNetwork(this, 'Resource', {
      ...common,
      name,
      addressSpace: [props.addressSpace],
    });
    const address = new PublicIp(this, 'Address', {
      ...common,
      name: `${name}-nat`,
      allocationMethod: 'Static',
      sku: 'Standard',
    });
    this.nat = new NatGateway(this, 'Nat', { ...common, name: `${name}-nat`, skuName: 'Standard' });
    this.way = new NatGatewayPublicIpAssociation(this, 'NatAddress', {
      natGatewayId: this.nat.id,
      publicIpAddressId: address.id,
    });

    const runtimeCidrs = Object.values(subnets.runtimes);
    const rules = {
      runtimeCidrs,
      poolCidrs: Object.values(subnets.pool ?? {}),
      clientCidrs: props.clientCidrs ?? ['VirtualNetwork'],
      runtimePort: props.runtimePort ?? 4321,
      gatewayPort: props.gatewayPort ?? 4322,
      gatewayEgress: props.gatewayEgress ?? [],
      runtimeEgress: props.runtimeEgress ?? [],
      ...(subnets.gateway !== undefined && { gatewayCidr: subnets.gateway }),
      ...(subnets.smoke !== undefined && { smokeCidr: subnets.smoke }),
    };
    const apart = this.security('runtimes', runtimeRules(rules));
    this.runtimes = new Map(
      Object.entries(subnets.runtimes).map(([key, cidr]) => [key, this.subnet(key, cidr, apart)]),
    );
    const pool = Object.entries(subnets.pool ?? {});
    const closed = pool.length > 0 ? this.security('pool', poolRules(rules)) : apart;
    this.pool = new Map(pool.map(([key, cidr]) => [key, this.subnet(key, cidr, closed)]));
    if (subnets.gateway !== undefined) {
      this.gateway = this.subnet('gateway', subnets.gateway, this.security('gateway', gatewayRules(rules)));
    }
    if (subnets.smoke !== undefined) {
      this.smoke = this.subnet('smoke', subnets.smoke, this.security('smoke', smokeRules(rules)));
    }
    this.ready = [...this.runtimes.values(), ...this.pool.values(), this.gateway, this.smoke].flatMap(
      (each) => each?.ready ?? [],
    );
    protect(this, this.resource, props);
  }

  private security(kind: string, rules: readonly SecurityRule[]): NetworkSecurityGroup {
    const { resourceGroupName, location, name, tags } = this.props;
    return new NetworkSecurityGroup(this, `security-${kind}`, {
      resourceGroupName,
      location,
      name: `${name}-${kind}`,
      securityRule: rules.map((rule) => ({ ...rule })),
      tags: { ...tags },
    });
  }

  private subnet(key: string, cidr: string, security: NetworkSecurityGroup): DelegatedSubnet {
    const scope = new Construct(this, `subnet-${key}`);
    const subnet = new Subnet(scope, 'Resource', {
      name: key,
      resourceGroupName: this.props.resourceGroupName,
      virtualNetworkName: this.resource.name,
      addressPrefixes: [cidr],
      serviceEndpoints: ['Microsoft.KeyVault', 'Microsoft.Storage'],
      defaultOutboundAccessEnabled: false,
      delegation: [
        {
          name: 'container-instances',
          serviceDelegation: {
            name: 'Microsoft.ContainerInstance/containerGroups',
            actions: ['Microsoft.Network/virtualNetworks/subnets/action'],
          },
        },
      ],
    });
    const guarded = new SubnetNetworkSecurityGroupAssociation(scope, 'Security', {
      subnetId: subnet.id,
      networkSecurityGroupId: security.id,
    });
    const out = new SubnetNatGatewayAssociation(scope, 'Nat', {
      subnetId: subnet.id,
      natGatewayId: this.nat.id,
      // Both change the subnet: Azure refuses the second while the first is under way.
      dependsOn: [this.way, guarded],
    });
    return { id: subnet.id, cidr, ready: [guarded, out] };
  }
}
