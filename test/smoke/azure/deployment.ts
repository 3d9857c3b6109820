import { randomBytes } from 'node:crypto';

import {
  GATEWAY_NAME,
  IMAGE,
  manifestOf,
  parseTopology,
  planTopology,
  type GroupExpectation,
  type Manifest,
  type SecretPlace,
} from '../../../topology/index.js';
import type { Body, Resource } from '../../azure/stand-in/arm/store.js';
import {
  GROUP_ID,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  type AzureStandIn,
  type Vault,
} from '../../azure/stand-in/index.js';

const VAULT = 'acme';
const OF_SHARE = 'Microsoft.Storage/storageAccounts/fileServices/shares';
const OF_ACCOUNT = 'Microsoft.Storage/storageAccounts';
const OF_RECORD = 'Microsoft.Network/privateDnsZones/A';

/** Addresses of loopback, so that each group has one that this machine knows. */
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
        network: { addressSpace: '127.64.0.0/16', smokeSubnet: true },
      },
    }),
  ),
);

export const ACME = 'tenant/acme';
export const GLOBEX = 'tenant/globex';

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
      if (endpoint.kind === 'dns') endpoint.host = this.addressOf(who);
    }
    return manifest;
  }

  expected(who: string): GroupExpectation {
    const { runtimes, gateway } = this.#manifest;
    return (who === GATEWAY_NAME ? gateway : runtimes[who])!.expect.group!;
  }

  token(runtime: string): string {
    return this.#secret(this.#manifest.runtimes[runtime]!.connectionToken);
  }

  /** Changes a group as somebody with a portal would, and starts it. @returns puts it back */
  async change(who: string, change: (body: Body) => void): Promise<() => Promise<void>> {
    const { id, type, body } = this.#get(this.expected(who).id);
    const start = async (changed: Body) => {
      await this.standIn.groups.start(this.#put(id, type, changed));
      this.#lead(who);
    };
    const copy = structuredClone(body);
    change(copy);
    await start(copy);
    return () => start(body);
  }

  /** @returns puts it back */
  remove(who: string): () => void {
    const group = this.#get(this.expected(who).id);
    this.standIn.groups.store.delete(group.id);
    return () => void this.standIn.groups.store.put(group);
  }

  /** Has the name of a group lead somewhere. */
  record(who: string, ...addresses: readonly string[]): void {
    const aRecords = addresses.map((ipv4Address) => ({ ipv4Address }));
    this.#put(this.expected(who).record, OF_RECORD, { properties: { ttl: 10, aRecords } });
  }

  addressOf(who: string): string {
    const life = this.standIn.groups.life({ id: this.expected(who).id });
    return life?.address ?? '';
  }

  async #deploy(): Promise<void> {
    const { network, smoke } = PLAN.azure!;
    for (const { id, cidr } of network!.subnets) {
      this.#put(id, 'Microsoft.Network/virtualNetworks/subnets', {
        properties: {
          addressPrefixes: [cidr],
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
    const planned = this.expected(who);
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
    this.#lead(who);
  }

  #lead(who: string): void {
    this.record(who, this.addressOf(who));
  }

  /** Names of all secrets that the manifest has a place for, or a group reads. */
  #places(): Set<string> {
    const { runtimes, gateway } = this.#manifest;
    const groups = [...Object.values(runtimes), gateway!].flatMap(({ expect }) => expect.group!.secrets);
    return new Set(groups);
  }

  #secret(place: SecretPlace): string {
    return place.kind === 'keyVaultSecret' ? (this.vault.secrets.get(place.name)?.value ?? '') : '';
  }

  #get(id: string): Resource {
    return this.standIn.groups.store.get(id)!;
  }

  #put(id: string, type: string, body: Body): Resource {
    return this.standIn.groups.store.put({ id, name: nameOf(id), type, body });
  }
}

const nameOf = (id: string) => id.slice(id.lastIndexOf('/') + 1);
