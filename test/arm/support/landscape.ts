import { parseTopology, planTopology, type AzurePlan, type Plan } from '../../../topology/index.js';
import type { Body, Resource } from '../../azure/stand-in/arm/store.js';
import {
  GROUP_ID,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  type AzureStandIn,
  type Vault,
} from '../../azure/stand-in/index.js';

const NETWORK = `${GROUP_ID}/providers/Microsoft.Network/virtualNetworks/net`;
const subnetId = (name: string) => `${NETWORK}/subnets/${name}`;
const ZONE = `${GROUP_ID}/providers/Microsoft.Network/privateDnsZones/copilot.internal`;
const LINK = `${ZONE}/virtualNetworkLinks/net`;
const VAULT = 'acme';

export const PLACES = {
  NETWORK,
  ZONE,
  LINK,
  runtimes: subnetId('runtimes'),
  gateway: subnetId('gateway'),
} as const;

type Changes = Readonly<Record<string, unknown>>;

/** A topology for a {@link Landscape}. */
export function topologyText(azure: Changes = {}, changes: Changes = {}): string {
  return JSON.stringify({
    name: 'prod',
    platform: 'azure',
    pattern: 'hybrid',
    runtime: { image: `r@sha256:${'0'.repeat(64)}`, integrationId: 'acme' },
    pool: { replicas: 1 },
    tenants: { acme: { placement: 'dedicated' }, docs: { placement: 'pool' } },
    azure: {
      location: 'westeurope',
      subscriptionId: SUBSCRIPTION,
      resourceGroup: RESOURCE_GROUP,
      keyVaultId: `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/${VAULT}`,
      runtimeSubnetIds: [PLACES.runtimes],
      gatewaySubnetId: PLACES.gateway,
      privateDnsZoneId: ZONE,
      ...azure,
    },
    ...changes,
  });
}

export function planFor(azure?: Changes, changes?: Changes): Plan & { readonly azure: AzurePlan } {
  const plan = planTopology(parseTopology(topologyText(azure, changes)));
  return plan as Plan & { readonly azure: AzurePlan };
}

/** What a platform team has made before the first deploy: network, zone and vault. */
export class Landscape {
  readonly vault: Vault;

  constructor(readonly standIn: AzureStandIn) {
    this.#clear();
    this.vault = standIn.addVault(VAULT);
    this.put(`${GROUP_ID}/providers/Microsoft.Network/natGateways/nat`, {});
    this.put(`${GROUP_ID}/providers/Microsoft.Network/networkSecurityGroups/apart`, {});
    this.put(NETWORK, {}, { location: 'westeurope' });
    this.put(PLACES.runtimes, this.#subnet('10.0.0.0/26'));
    this.put(PLACES.gateway, this.#subnet('10.0.1.0/28'));
    this.put(ZONE, {});
    this.put(LINK, { virtualNetwork: { id: NETWORK } });
  }

  /** Away with what an earlier test has made and broken: a stand-in takes longer to start than a test. */
  #clear(): void {
    const { faults, groups, limits, resources } = this.standIn;
    for (const { id } of resources) if (id !== GROUP_ID) groups.store.delete(id);
    faults.clear();
    for (const kind of [limits.takenAccounts, limits.unregistered]) kind.clear();
    Object.assign(limits, { groups: 100, cores: 100 });
  }

  put(id: string, properties: Changes, more: Partial<Body> = {}): Resource {
    const [, ...path] = id.slice(id.lastIndexOf('/providers/') + 1).split('/');
    const [namespace, ...rest] = path;
    const type = [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
    return this.standIn.groups.store.put({ id, name: path.at(-1)!, type, body: { ...more, properties } });
  }

  /** Changes properties of a resource; undefined removes one. */
  change(id: string, properties: Changes): void {
    const { body, ...resource } = this.standIn.groups.store.get(id)!;
    const all = { ...body.properties, ...properties };
    const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    this.standIn.groups.store.put({ ...resource, body: { ...body, properties: kept } });
  }

  remove(id: string): void {
    this.standIn.groups.store.delete(id);
  }

  /** A container group in a subnet, of ours or of somebody else's. */
  async group(
    id: string,
    {
      tags = {},
      subnet = PLACES.runtimes,
    }: { tags?: Readonly<Record<string, string>>; subnet?: string } = {},
  ): Promise<void> {
    const group = this.put(
      id,
      {
        subnetIds: [{ id: subnet }],
        ipAddress: { type: 'Private' },
        containers: [
          { name: 'a', properties: { image: 'i', resources: { requests: { cpu: 1, memoryInGB: 1 } } } },
        ],
      },
      { location: 'westeurope', tags },
    );
    await this.standIn.groups.start(group);
  }

  #subnet(range: string): Changes {
    return {
      addressPrefixes: [range],
      delegations: [
        { name: 'aci', properties: { serviceName: 'Microsoft.ContainerInstance/containerGroups' } },
      ],
      serviceEndpoints: [{ service: 'Microsoft.Storage' }],
      natGateway: { id: `${GROUP_ID}/providers/Microsoft.Network/natGateways/nat` },
      networkSecurityGroup: { id: `${GROUP_ID}/providers/Microsoft.Network/networkSecurityGroups/apart` },
    };
  }
}
