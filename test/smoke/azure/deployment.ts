import { randomBytes } from 'node:crypto';

import {
  GATEWAY_NAME,
  IMAGE,
  manifestOf,
  parseTopology,
  planTopology,
  type GroupExpectation,
  type Manifest,
} from '../../../topology/index.js';
import type { Body, Resource } from '../../azure/stand-in/arm/store.js';
import {
  GROUP_ID,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  type AzureStandIn,
  type Vault,
} from '../../azure/stand-in/index.js';

import { Breaking } from './breaking.js';

const VAULT = 'acme';
const OF_SHARE = 'Microsoft.Storage/storageAccounts/fileServices/shares';
const OF_ACCOUNT = 'Microsoft.Storage/storageAccounts';
const OF_RECORD = 'Microsoft.Network/privateDnsZones/A';

const PLAN = planTopology(
  parseTopology(
    JSON.stringify({
      name: 'prod',
      platform: 'azure',
      pattern: 'hybrid',
      runtime: { image: `r@sha256:${'0'.repeat(64)}`, integrationId: 'acme' },
      pool: { replicas: 1 },
      tenants: {
        acme: { placement: 'dedicated' },
        globex: { placement: 'dedicated' },
        docs: { placement: 'pool' },
      },
      azure: {
        location: 'westeurope',
        subscriptionId: SUBSCRIPTION,
        resourceGroup: RESOURCE_GROUP,
        keyVaultId: `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/${VAULT}`,
        network: { smokeSubnet: true },
      },
    }),
  ),
);

/** A deployment in the stand-in, as far as Resource Manager knows it: nothing runs in its groups. */
export class Deployment {
  readonly vault: Vault;
  readonly #manifest: Manifest = manifestOf(PLAN);

  private constructor(readonly standIn: AzureStandIn) {
    this.vault = standIn.addVault(VAULT);
  }

  static async create(standIn: AzureStandIn): Promise<Deployment> {
    const deployment = new Deployment(standIn);
    await deployment.#deploy();
    return deployment;
  }

  /** With addresses in place of names, for this machine does not know the zone. */
  get manifest(): Manifest {
    const manifest = structuredClone(this.#manifest);
    const placed = [...Object.entries(manifest.runtimes), [GATEWAY_NAME, manifest.gateway!] as const];
    for (const [who, { endpoint }] of placed) {
      if (endpoint.kind === 'dns') endpoint.host = this.#addressOf(who);
    }
    return manifest;
  }

  get breaking(): Breaking {
    return new Breaking(this.standIn, this.vault, this.manifest);
  }

  async #deploy(): Promise<void> {
    const { network, smoke } = PLAN.azure!;
    for (const { id, cidr } of network!.subnets) {
      this.#put(id, 'Microsoft.Network/virtualNetworks/subnets', {
        properties: {
          // Addresses of loopback, so that each group has one that this machine knows.
          addressPrefixes: [cidr.replace(/^10\./, '127.')],
          delegations: [
            { name: 'aci', properties: { serviceName: 'Microsoft.ContainerInstance/containerGroups' } },
          ],
        },
      });
    }
    const principal = this.standIn.addIdentity(smoke!.identity);
    this.standIn.roles.assign(principal, 'Reader', GROUP_ID);
    this.standIn.roles.assign(principal, 'Key Vault Secrets User', this.vault.id);
    for (const place of this.#places())
      this.vault.secrets.set(place, { value: randomBytes(32).toString('hex') });
    for (const who of [...Object.keys(this.#manifest.runtimes), GATEWAY_NAME]) await this.#create(who);
  }

  async #create(who: string): Promise<void> {
    const planned = groupOf(this.#manifest, who);
    const { id, image, identity, subnet, share } = planned;
    this.standIn.addIdentity(nameOf(identity));
    const key = 'a storage key';
    if (share) {
      const account = `${GROUP_ID}/providers/${OF_ACCOUNT}/${share.account}`;
      this.#put(account, OF_ACCOUNT, { properties: { keys: [key], networkAcls: {} } });
      this.#put(`${account}/fileServices/default/shares/${share.name}`, OF_SHARE, { properties: {} });
    }
    const program = who === GATEWAY_NAME ? IMAGE.gateway : IMAGE.runtimeHost;
    const azureFile = share && {
      shareName: share.name,
      storageAccountName: share.account,
      storageAccountKey: key,
    };
    const group = this.#put(id, 'Microsoft.ContainerInstance/containerGroups', {
      location: 'westeurope',
      tags: { tenant: who },
      identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
      properties: {
        osType: 'Linux',
        sku: 'Standard',
        restartPolicy: 'Always',
        subnetIds: [{ id: subnet }],
        ipAddress: { type: 'Private', ports: [{ port: 4321, protocol: 'TCP' }] },
        containers: [
          {
            name: 'copilot-runtime',
            properties: {
              image,
              command: [...IMAGE.init, 'node', program],
              environmentVariables: [{ name: 'COPILOT_RUNTIMES_RUNTIME', value: who }],
              ports: [{ port: 4321, protocol: 'TCP' }],
              resources: { requests: { cpu: 0.25, memoryInGB: 0.5 } },
              volumeMounts: share ? [{ name: 'sessions', mountPath: share.mountPath }] : [],
            },
          },
        ],
        volumes: azureFile ? [{ name: 'sessions', azureFile }] : [],
      },
    });
    await this.standIn.groups.start(group);
    const aRecords = [{ ipv4Address: this.#addressOf(who) }];
    this.#put(planned.record, OF_RECORD, { properties: { ttl: 10, aRecords } });
  }

  #addressOf(who: string): string {
    return this.standIn.groups.life({ id: groupOf(this.#manifest, who).id })?.address ?? '';
  }

  /** Names of all secrets that the manifest has a place for, or a group reads. */
  #places(): Set<string> {
    const { runtimes, gateway } = this.#manifest;
    const groups = [...Object.values(runtimes), gateway!].flatMap(({ expect }) => expect.group!.secrets);
    return new Set(groups);
  }

  #put(id: string, type: string, body: Body): Resource {
    return this.standIn.groups.store.put({ id, name: nameOf(id), type, body });
  }
}

function groupOf({ runtimes, gateway }: Manifest, who: string): GroupExpectation {
  return (who === GATEWAY_NAME ? gateway : runtimes[who])!.expect.group!;
}

const nameOf = (id: string) => id.slice(id.lastIndexOf('/') + 1);
