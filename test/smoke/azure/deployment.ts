import { randomBytes } from 'node:crypto';

import { PLACEHOLDER_ADDRESS } from '../../../topology/host-contract.js';
import {
  GATEWAY_NAME,
  manifestOf,
  parseTopology,
  planTopology,
  type Manifest,
  type Plan,
} from '../../../topology/index.js';
import {
  GROUP_ID,
  RESOURCE_GROUP,
  SUBSCRIPTION,
  type AzureStandIn,
  type Vault,
} from '../../azure/stand-in/index.js';
import { callArm } from '../../azure/support/arm.js';
import { put } from '../../azure/support/landscape.js';

import { containerGroup, gatewayText, network, securityGroup, subnet, type Move } from './bodies.js';
import { Breaking } from './breaking.js';

const VAULT = 'acme';
const PROVIDERS = `${GROUP_ID}/providers`;
const USER = 'Key Vault Secrets User';

/** The smallest hybrid topology with another tenant beside each kind. */
export const TOPOLOGY = {
  name: 'prod',
  platform: 'azure',
  pattern: 'hybrid',
  runtime: { image: `r@sha256:${'0'.repeat(64)}`, integrationId: 'acme', allowShortIdleTimeout: true },
  pool: { replicas: 1 },
  tenants: {
    acme: { placement: 'dedicated' },
    globex: { placement: 'dedicated', idleTimeoutSeconds: 4 },
    docs: { placement: 'pool' },
  },
  azure: {
    location: 'westeurope',
    subscriptionId: SUBSCRIPTION,
    resourceGroup: RESOURCE_GROUP,
    keyVaultId: `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/${VAULT}`,
    network: { smokeSubnet: true },
  },
};

/** Addresses of loopback, so that each group has one that this machine knows. */
const onLoopback: Move = (range) => range.replace(/^10\./, '127.');

/** A deployment in the stand-in, as the stacks would have it made. */
export class Deployment {
  readonly vault: Vault;

  private constructor(
    readonly standIn: AzureStandIn,
    readonly plan: Plan,
    readonly runs: boolean,
  ) {
    this.vault = standIn.addVault(VAULT);
  }

  /** Nothing runs in its groups unless the stand-in has a runner; then they have addresses of their own network. */
  static async create(standIn: AzureStandIn, topology: object = TOPOLOGY): Promise<Deployment> {
    const plan = planTopology(parseTopology(JSON.stringify(topology)));
    const deployment = new Deployment(standIn, plan, standIn.groups.runner !== undefined);
    await deployment.#network();
    await deployment.#suite();
    for (const { id } of plan.runtimes) await deployment.#storage(id);
    for (const who of deployment.#groups) await deployment.#group(who);
    return deployment;
  }

  /** With addresses in place of names where nothing runs, for this machine does not know the zone. */
  get manifest(): Manifest {
    const manifest = manifestOf(this.plan);
    if (this.runs) return manifest;
    const placed = { ...manifest.runtimes, ...(manifest.gateway && { [GATEWAY_NAME]: manifest.gateway }) };
    for (const [who, { endpoint }] of Object.entries(placed)) {
      if (endpoint.kind === 'dns') endpoint.host = this.#addressOf(who);
    }
    return manifest;
  }

  /** Waits until every group serves, and its name leads to it. */
  async ready(): Promise<void> {
    for (const who of this.#groups) {
      await this.breaking.ready(who);
    }
  }

  get breaking(): Breaking {
    return new Breaking(this.standIn, this.vault, this.manifest);
  }

  get #groups(): string[] {
    return [...this.plan.runtimes.map(({ id }) => id), ...(this.plan.gateway ? [GATEWAY_NAME] : [])];
  }

  async #network(): Promise<void> {
    const { plan, standIn, runs } = this;
    const move: Move = runs ? (range) => range : onLoopback;
    const groups: Record<string, string> = {};
    for (const use of ['runtime', 'gateway', 'smoke'] as const) {
      groups[use] = `${PROVIDERS}/Microsoft.Network/networkSecurityGroups/prod-${use}`;
      await put(standIn, groups[use], securityGroup(plan, use, move));
    }
    const { network: planned, zone } = plan.azure!;
    const id = `${PROVIDERS}/Microsoft.Network/virtualNetworks/${planned!.name}`;
    await put(standIn, id, network(plan, move));
    for (const one of planned!.subnets) await put(standIn, one.id, subnet(one, groups[one.use]!, move));
    await put(standIn, zone.id, { location: 'global' });
  }

  /** Whom the suite runs as: it reads tokens and looks at everything. */
  async #suite(): Promise<void> {
    const { roles } = this.standIn;
    const principal = this.standIn.addIdentity(this.plan.azure!.smoke!.identity);
    roles.assign(principal, 'Reader', GROUP_ID);
    roles.assign(principal, USER, this.vault.id);
  }

  async #storage(runtime: string): Promise<void> {
    const { account, id } = this.#runtime(runtime).storage;
    const accountId = this.#accountId(account);
    await put(this.standIn, accountId, { location: 'westeurope', sku: { name: 'Standard_ZRS' } });
    await put(this.standIn, id, { properties: { shareQuota: 5 } });
  }

  async #group(who: string): Promise<void> {
    const { standIn, vault, plan } = this;
    const { roles } = standIn;
    const { expect } = who === GATEWAY_NAME ? manifestOf(plan).gateway! : manifestOf(plan).runtimes[who]!;
    const { id, identity, record, secrets, share } = expect.group!;
    const principal = standIn.addIdentity(identity.slice(identity.lastIndexOf('/') + 1));
    for (const name of secrets) {
      const isConfig = name === plan.azure!.gateway?.configSecret;
      const value = isConfig ? gatewayText(plan) : randomBytes(32).toString('hex');
      if (!vault.secrets.get(name)) vault.secrets.set(name, { value });
      roles.assign(principal, USER, `${vault.id}/secrets/${name}`);
    }
    await put(standIn, record, {
      properties: { ttl: 10, aRecords: [{ ipv4Address: PLACEHOLDER_ADDRESS }] },
    });
    roles.assign(principal, 'Private DNS Zone Contributor', record);
    const key = share ? await this.#accountKey(share.account) : '';
    await put(standIn, id, containerGroup(plan, who, principal, key));
    if (!this.runs) this.breaking.lead(who, this.#addressOf(who));
  }

  async #accountKey(account: string): Promise<string> {
    const { body } = await callArm(this.standIn, 'POST', `${this.#accountId(account)}/listKeys`);
    return (body.keys as { value: string }[])[0]!.value;
  }

  #accountId(account: string): string {
    return `${PROVIDERS}/Microsoft.Storage/storageAccounts/${account}`;
  }

  #runtime(id: string) {
    return Object.entries(this.plan.azure!.runtimes).find(([key]) => key === id)![1];
  }

  #addressOf(who: string): string {
    const { gateway, runtimes } = this.plan.azure!;
    const { groupId } =
      who === GATEWAY_NAME ? gateway! : Object.entries(runtimes).find(([id]) => id === who)![1];
    return this.standIn.groups.life({ id: groupId })?.address ?? '';
  }
}
