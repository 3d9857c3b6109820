import { rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';

import { ContainerGroups } from './arm/container-groups/groups.js';
import { FileShares } from './arm/container-groups/shares.js';
import type { Azure } from './arm/kind.js';
import { IDENTITIES } from './arm/kinds/identity.js';
import { VAULTS } from './arm/kinds/vault.js';
import { defaultLimits } from './arm/limits.js';
import { RESOURCE_GROUPS } from './arm/resource-id.js';
import { ARM_AUDIENCES, ResourceManager } from './arm/resource-manager.js';
import { Store, type Resource } from './arm/store.js';
import { certificates } from './certificates.js';
import { Directory, type Principal } from './directory.js';
import { AzureError, type Answer, type AzureRequest } from './exchange.js';
import { Faults } from './faults.js';
import { makeFolder } from './folder.js';
import { close, listener, listenOnLoopback } from './http.js';
import { answerIdentity } from './identity-endpoint.js';
import { answerLogin, LOGIN_HOST } from './login.js';
import { ARM_HOST, CLOUD, VAULT_SUFFIX } from './metadata.js';
import { connectProxy } from './proxy.js';
import { Roles } from './roles.js';
import { answerVault, challenge, VAULT_AUDIENCE, type Vault } from './vault/data-plane.js';
import { Secrets } from './vault/secrets.js';

export { AzureError, type Answer, type AzureRequest } from './exchange.js';
export { BROKEN, TOO_MANY } from './faults.js';
export type { Principal } from './directory.js';
export type { Vault } from './vault/data-plane.js';

/** A request that the stand-in has answered. */
export interface Exchange {
  readonly request: AzureRequest;
  /** @default - asked without a token */
  readonly principal?: Principal;
  readonly status: number;
}

export const SUBSCRIPTION = '00000000-0000-4000-8000-000000000001';
export const TENANT = '00000000-0000-4000-8000-000000000002';
export const RESOURCE_GROUP = 'copilot';

/** Resource id of the resource group that is there from the start. */
export const GROUP_ID = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${RESOURCE_GROUP}`;

/**
 * Azure on loopback: sign-in, metadata, Key Vault and managed identities over TLS, with state in memory. A proxy
 * makes the real names lead here, so that programs run as they would against Azure. No privileges are needed.
 */
export class AzureStandIn {
  readonly directory = new Directory(TENANT);
  readonly roles = new Roles();
  readonly faults = new Faults();
  /** What was asked, in order of the answers. */
  readonly exchanges: Exchange[] = [];
  /** Who runs Terraform: owner of the subscription, and officer of every vault's secrets. */
  readonly deployer = this.directory.addApplication();
  /** What the subscription may use, and what is taken or broken elsewhere. */
  readonly limits = defaultLimits();
  readonly #vaults = new Map<string, Vault>();
  readonly #store = new Store();
  /** For what it keeps on disk; goes with it. */
  readonly folder = makeFolder();
  /** Path of the certificate authority (PEM). */
  readonly authority = path.join(this.folder, 'ca.pem');
  /** Container groups: their lives, addresses and shares. */
  readonly groups = new ContainerGroups(
    this.#store,
    this.limits,
    new FileShares(path.join(this.folder, 'shares')),
  );
  readonly #resourceManager = new ResourceManager(this.#azure);
  readonly #servers: http.Server[] = [];
  #tls: https.Server | undefined;
  #agent: https.Agent | undefined;
  #port = 0;
  #proxyPort = 0;

  private constructor() {
    const subscription = `/subscriptions/${SUBSCRIPTION}`;
    this.roles.assign(this.deployer, 'Owner', subscription);
    this.roles.assign(this.deployer, 'Key Vault Secrets Officer', subscription);
    this.#add(GROUP_ID, RESOURCE_GROUPS, { location: 'westeurope', properties: {} });
  }

  get #azure(): Azure {
    const { directory, roles, limits, groups } = this;
    return { store: this.#store, vaults: this.#vaults, directory, roles, limits, groups };
  }

  /** Tells of every change of a resource from now on. */
  onChange(listener: () => void): void {
    this.#store.onChange(listener);
  }

  get vaults(): readonly Vault[] {
    return [...this.#vaults.values()];
  }

  /** Every resource as Azure keeps it, secrets included. */
  get resources(): readonly Resource[] {
    return this.#store.list();
  }

  #add(id: string, type: string, body: Resource['body']): void {
    const properties = { ...body.properties, provisioningState: 'Succeeded' };
    this.#store.put({ id, name: id.split('/').at(-1)!, type, body: { ...body, properties } });
  }

  static async start(): Promise<AzureStandIn> {
    const standIn = new AzureStandIn();
    const { authority, key, certificate } = certificates();
    writeFileSync(standIn.authority, authority);
    standIn.#tls = https.createServer(
      { key, cert: certificate },
      listener((request) => standIn.#answer(request)),
    );
    standIn.#tls.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) =>
      standIn.groups.terminals.connect(request, socket, head),
    );
    standIn.#port = await standIn.#listen(standIn.#tls);
    standIn.#proxyPort = await standIn.#listen(connectProxy(standIn.#port));
    return standIn;
  }

  async stop(): Promise<void> {
    await this.groups.close();
    await Promise.all(this.#servers.map(close));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Leads a client in this process here, whatever name it asks for. */
  get agent(): https.Agent {
    return (this.#agent ??= this.#makeAgent());
  }

  #makeAgent(): https.Agent {
    // A deployment is hundreds of calls, and a handshake for each takes most of their time.
    const agent = new https.Agent({ keepAlive: true });
    agent.createConnection = ({ host, servername }: tls.ConnectionOptions) =>
      tls.connect({
        host: '127.0.0.1',
        port: this.#port,
        servername: servername ?? host ?? '',
        ca: certificates().authority,
      });
    return agent;
  }

  /** What makes any program (Node.js, Go) find the stand-in under the names of Azure. */
  get networkEnv(): Readonly<Record<string, string>> {
    return {
      HTTPS_PROXY: `http://127.0.0.1:${this.#proxyPort}`,
      NO_PROXY: '127.0.0.1,localhost',
      NODE_EXTRA_CA_CERTS: this.authority,
      SSL_CERT_FILE: this.authority,
    };
  }

  /** Variables for Terraform with the azurerm provider, run by the deployer. */
  get providerEnv(): Readonly<Record<string, string>> {
    return {
      ...this.networkEnv,
      ARM_METADATA_HOSTNAME: `127.0.0.1:${this.#port}`,
      ARM_SUBSCRIPTION_ID: SUBSCRIPTION,
      ARM_TENANT_ID: TENANT,
      ARM_CLIENT_ID: this.deployer.clientId,
      ARM_CLIENT_SECRET: this.deployer.clientSecret,
    };
  }

  /** Variables for the DefaultAzureCredential of the deployer. */
  get credentialEnv(): Readonly<Record<string, string>> {
    return {
      ...this.networkEnv,
      AZURE_TENANT_ID: TENANT,
      AZURE_CLIENT_ID: this.deployer.clientId,
      AZURE_CLIENT_SECRET: this.deployer.clientSecret,
    };
  }

  /** A vault with role-based access that stands in {@link RESOURCE_GROUP}. */
  addVault(name: string, { purgeProtected = false } = {}): Vault {
    const id = `${GROUP_ID}/providers/Microsoft.KeyVault/vaults/${name}`;
    const vault: Vault = { name, id, secrets: new Secrets(), purgeProtected };
    this.#vaults.set(name, vault);
    const vaultUri = `https://${name}.${VAULT_SUFFIX}/`;
    this.#add(id, VAULTS, {
      location: 'westeurope',
      properties: {
        tenantId: TENANT,
        sku: { family: 'A', name: 'standard' },
        accessPolicies: [],
        enableRbacAuthorization: true,
        enableSoftDelete: true,
        softDeleteRetentionInDays: 90,
        enablePurgeProtection: purgeProtected,
        vaultUri,
      },
    });
    return vault;
  }

  /** A user-assigned identity that stands in {@link RESOURCE_GROUP}. */
  addIdentity(name: string): Principal {
    const id = `${GROUP_ID}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`;
    const identity = this.directory.addManagedIdentity(id);
    const { objectId: principalId, clientId } = identity;
    const properties = { principalId, clientId, tenantId: TENANT };
    this.#add(id, IDENTITIES, { location: 'westeurope', properties });
    return identity;
  }

  /**
   * Opens the metadata service of one container group on loopback.
   *
   * @param identities Those of the group; looked at anew with each request
   * @returns variables that lead @azure/identity to the stand-in as they would in that group
   */
  async openGroup(identities: readonly Principal[]): Promise<Readonly<Record<string, string>>> {
    const server = http.createServer(
      listener((request) => this.#record(request, () => answerIdentity(request, this.directory, identities))),
    );
    const port = await this.#listen(server);
    return { ...this.networkEnv, AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${port}` };
  }

  /** Answers as the metadata service of a container group with these identities. */
  answerIdentity(request: AzureRequest, identities: readonly Principal[]): Promise<Answer | 'hang up'> {
    return this.#record(request, () => answerIdentity(request, this.directory, identities));
  }

  /** Serves a connection that has come another way than through the proxy. */
  accept(socket: Socket): void {
    this.#tls?.emit('connection', socket);
  }

  async #listen(server: http.Server): Promise<number> {
    this.#servers.push(server);
    return listenOnLoopback(server);
  }

  #answer(request: AzureRequest): Promise<Answer | 'hang up'> {
    const { host, path } = request;
    if (path === '/metadata/endpoints') return this.#record(request, () => CLOUD);
    if (host === LOGIN_HOST) return this.#record(request, () => answerLogin(request, this.directory));
    if (host.endsWith(`.${VAULT_SUFFIX}`))
      return this.#record(request, (seen) => this.#answerVault(request, seen));
    return this.#record(request, (seen) => this.#answerManager(request, seen));
  }

  #answerManager(request: AzureRequest, seen: (principal: Principal) => void): Promise<Answer> {
    if (request.host !== ARM_HOST && request.host !== '127.0.0.1')
      throw new AzureError(404, 'NotFound', `nothing of ${request.host} is in the stand-in`);
    const principal = this.directory.authenticate(request, ARM_AUDIENCES);
    if (!principal)
      throw new AzureError(
        401,
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
      );
    seen(principal);
    return this.#resourceManager.answer({ ...request, principal });
  }

  /** Key Vault, by the name in its host. */
  #answerVault(request: AzureRequest, seen: (principal: Principal) => void): Answer {
    const name = request.host.replace(`.${VAULT_SUFFIX}`, '');
    const vault = this.#vaults.get(name);
    // A vault that is not there has no address.
    if (!vault) return { status: 502, body: { error: { code: 'NoSuchHost', message: request.host } } };
    const principal = this.directory.authenticate(request, [VAULT_AUDIENCE]);
    if (!principal) throw challenge(TENANT);
    seen(principal);
    return answerVault({ ...request, principal }, vault, this.roles);
  }

  /** Answers, or lets the fault do it that a test has asked for, and keeps what happened. */
  async #record(
    request: AzureRequest,
    answer: (seen: (principal: Principal) => void) => Answer | Promise<Answer>,
  ): Promise<Answer | 'hang up'> {
    let principal: Principal | undefined;
    const keep = (status: number) =>
      this.exchanges.push({ request, status, ...(principal ? { principal } : {}) });
    try {
      const given = (await this.faults.meet(request)) ?? (await answer((one) => (principal = one)));
      keep(given === 'hang up' ? 0 : given.status);
      return given;
    } catch (error) {
      keep((error as { status?: number }).status ?? 500);
      throw error;
    }
  }
}
