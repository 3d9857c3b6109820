import { physicalName } from '../names.js';
import type { Topology } from '../schema/index.js';

type Settings = NonNullable<Topology['azure']>;

/** A subnet of a network that the kit creates. */
export interface AzureSubnetPlan {
  readonly name: string;
  readonly id: string;
  readonly cidr: string;
  readonly use: 'runtime' | 'pool' | 'gateway' | 'smoke';
}

/** A network that the kit creates. */
export interface AzureNetworkPlan {
  readonly name: string;
  readonly addressSpace: string;
  readonly subnets: readonly AzureSubnetPlan[];
}

/** A subnet has a 64th of the network's addresses. */
export const SUBNET_PARTS = 64;
const SUBNET_BITS = Math.log2(SUBNET_PARTS);
/** Places of the other subnets, after all that runtimes may have. */
const GATEWAY_INDEX = 16;
const SMOKE_INDEX = 17;
const POOL_INDEX = 32;

/** @param pool whether there are replicas, which get subnets that only the gateway can enter */
export function planNetwork(name: string, settings: Settings, pool: boolean): AzureNetworkPlan | undefined {
  const { network, subscriptionId, resourceGroup } = settings;
  if (!network) return undefined;
  const own = physicalName('virtualNetwork', [name, 'network']);
  const id = `${scopeOf(subscriptionId, resourceGroup)}/providers/Microsoft.Network/virtualNetworks/${own}`;
  const subnet = (subnetName: string, use: AzureSubnetPlan['use'], index: number): AzureSubnetPlan => ({
    name: subnetName,
    id: `${id}/subnets/${subnetName}`,
    cidr: subnetCidr(network.addressSpace, SUBNET_BITS, index),
    use,
  });
  const several = Array.from({ length: network.runtimeSubnets }, (_, n) => n);
  return {
    name: own,
    addressSpace: network.addressSpace,
    subnets: [
      ...several.map((n) => subnet(`runtimes-${n}`, 'runtime', n)),
      ...(pool ? several.map((n) => subnet(`pool-${n}`, 'pool', POOL_INDEX + n)) : []),
      subnet('gateway', 'gateway', GATEWAY_INDEX),
      ...(network.smokeSubnet ? [subnet('smoke', 'smoke', SMOKE_INDEX)] : []),
    ],
  };
}

/** Id of a resource group. */
export function scopeOf(subscriptionId: string, resourceGroup: string): string {
  return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
}

/** The part of a range by number, as Terraform's `cidrsubnet` counts. */
function subnetCidr(range: string, bits: number, index: number): string {
  const [base = '', prefix = '0'] = range.split('/');
  const length = Number(prefix) + bits;
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const network = Math.floor(start / 2 ** (32 - Number(prefix))) * 2 ** (32 - Number(prefix));
  const first = network + index * 2 ** (32 - length);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join('.')}/${length}`;
}
