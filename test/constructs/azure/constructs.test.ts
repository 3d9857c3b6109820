import { describe, expect, it } from '@jest/globals';
import { TerraformVariable, type TerraformStack } from 'cdktf';

import {
  Gateway,
  PrivateName,
  PropsError,
  Runtime,
  RuntimeNetwork,
  RuntimeSecrets,
  SessionStorage,
  type GatewayProps,
  type RuntimeNetworkProps,
  type RuntimeProps,
  type RuntimeSecretsProps,
  type SessionStorageProps,
} from '../../../constructs/azure/index.js';
import type { Json } from '../kubernetes/support.js';

import { all, IDENTITY, only, stackWith, SUBNET, VAULT, WORKSPACE, ZONE } from './support.js';

const GROUP_PROPS = {
  resourceGroupName: 'copilot',
  location: 'westeurope',
  name: 'acme',
  subnetId: SUBNET,
  image: 'r@sha256:0',
  managedIdentities: { userAssignedResourceIds: [IDENTITY] },
  clientId: 'client',
};
const RUNTIME: RuntimeProps = {
  ...GROUP_PROPS,
  keyVault: { uri: 'https://acme.vault.azure.net/', connectionToken: 'acme-token' },
};
const GATEWAY: GatewayProps = {
  ...GROUP_PROPS,
  principalId: 'principal',
  keyVault: { id: VAULT, uri: 'https://acme.vault.azure.net/' },
  config: { secretName: 'config', text: '{}' },
  tenants: { docs: { tokens: { a: { name: 'docs-a' } } } },
};
const STORAGE: SessionStorageProps = {
  resourceGroupName: 'copilot',
  location: 'westeurope',
  name: 'acmestate',
  subnetIds: [SUBNET],
};
const SECRETS: RuntimeSecretsProps = {
  keyVaultId: VAULT,
  secrets: { token: { name: 'acme-token', value: { kind: 'generated' }, readers: { runtime: 'principal' } } },
};
const NETWORK: RuntimeNetworkProps = {
  resourceGroupName: 'copilot',
  location: 'westeurope',
  name: 'net',
  addressSpace: '10.0.0.0/16',
  subnets: { runtimes: { a: '10.0.0.0/24', b: '10.0.1.0/24' }, gateway: '10.0.2.0/24', smoke: '10.0.3.0/24' },
};

const runtime = (changes: Partial<RuntimeProps> = {}) =>
  only(
    stackWith((stack) => new Runtime(stack, 'Runtime', { ...RUNTIME, ...changes })),
    'container_group',
  );

describe('a runtime', () => {
  it('is a private group with an identity, one unprivileged container, and probes at the host', () => {
    const group = runtime({ cpu: 1.5, memoryGiB: 2 });
    expect(group).toMatchObject({
      ip_address_type: 'Private',
      subnet_ids: [SUBNET],
      os_type: 'Linux',
      restart_policy: 'Always',
      identity: { type: 'UserAssigned', identity_ids: [IDENTITY] },
      dns_config: { nameservers: ['168.63.129.16'] },
    });
    expect(group.container).toHaveLength(1);
    const [container] = group.container;
    expect(container).toMatchObject({
      cpu: 1.5,
      memory: 2,
      ports: [{ port: 4321, protocol: 'TCP' }],
      security: [{ privilege_enabled: false }],
      liveness_probe: { http_get: [{ path: '/livez', port: 4380, scheme: 'http' }] },
      readiness_probe: { http_get: [{ path: '/readyz', port: 4380, scheme: 'http' }] },
    });
    expect(container.commands.slice(0, 3)).toEqual(['/usr/bin/tini', '--', 'node']);
    expect(container.commands.slice(-9)).toEqual(
      expect.arrayContaining(['--headless', '--port', '4321', '--session-idle-timeout', '1800']),
    );
  });

  it('has nothing that the provider plans for ever, or that Azure takes only elsewhere', () => {
    const group = runtime();
    const [container] = group.container;
    for (const key of ['cpu_limit', 'memory_limit', 'secure_environment_variables', 'volume'])
      expect(container).not.toHaveProperty(key);
    for (const key of ['priority', 'dns_name_label', 'init_container', 'exposed_port', 'zones'])
      expect(group).not.toHaveProperty(key);
    expect(group.lifecycle.ignore_changes).toEqual(['priority']);
  });

  it('tells its host where its secrets, its sessions and its name are', () => {
    const { environment_variables: env, volume } = runtime({
      keyVault: { ...RUNTIME.keyVault, githubToken: 'acme-github' },
      secretsRevision: 'connection-token=2',
      dnsRecordId: `${ZONE}/A/acme`,
      env: { EXTRA: 'x' },
      share: { name: 'acme', storageAccountName: 'acmestate', storageAccountKey: 'key' },
    }).container[0];
    expect(env).toEqual({
      COPILOT_HOME: '/var/lib/copilot/home',
      COPILOT_RUNTIMES_HEALTH: '0.0.0.0:4380',
      COPILOT_RUNTIMES_SESSIONS: '/mnt/session-state',
      COPILOT_RUNTIMES_KEY_VAULT: 'https://acme.vault.azure.net/',
      COPILOT_RUNTIMES_KEY_VAULT_SECRETS: 'connection-token=acme-token,github-token=acme-github',
      COPILOT_RUNTIMES_IDENTITY: 'client',
      COPILOT_RUNTIMES_DNS_RECORD: `${ZONE}/A/acme`,
      COPILOT_RUNTIMES_SECRETS_REVISION: 'connection-token=2',
      EXTRA: 'x',
    });
    expect(volume).toEqual([
      {
        name: 'session-state',
        mount_path: '/mnt/session-state',
        read_only: false,
        share_name: 'acme',
        storage_account_name: 'acmestate',
        storage_account_key: 'key',
      },
    ]);
  });

  it('pulls with an identity, and logs to a workspace that a stack reads once', () => {
    const diagnosticSettings = { workspaceResourceId: WORKSPACE };
    const registry = { server: 'acme.azurecr.io', userAssignedIdentityId: IDENTITY };
    const stack = stackWith((scope) => {
      for (const name of ['a', 'b'])
        new Runtime(scope, name, { ...RUNTIME, name, diagnosticSettings, registry });
    });
    const [group] = all(stack, 'container_group');
    expect(group.image_registry_credential).toEqual([
      { server: 'acme.azurecr.io', user_assigned_identity_id: IDENTITY },
    ]);
    const [workspace, ...more] = Object.keys(stack.data.azurerm_log_analytics_workspace);
    expect(more).toEqual([]);
    expect(group.diagnostics.log_analytics).toMatchObject({
      workspace_key: `\${data.azurerm_log_analytics_workspace.${workspace}.primary_shared_key}`,
    });
  });

  it('takes values that only Terraform knows', () => {
    const stack = stackWith((scope) => {
      const id = new TerraformVariable(scope, 'subnet', {});
      new Runtime(scope, 'Runtime', { ...RUNTIME, subnetId: id.stringValue, port: id.numberValue });
    });
    const group = only(stack, 'container_group');
    expect(group.subnet_ids).toEqual(['${var.subnet}']);
    expect(group.container[0].commands).toContain('${var.subnet}');
  });

  it.each<[string, Partial<RuntimeProps>, RegExp]>([
    ['a name with capitals', { name: 'Acme' }, /name must be lower-case .* got "Acme": rename it/],
    ['a name with two hyphens', { name: 'a--b' }, /name must be .* single inner hyphens/],
    [
      'a lower-cased id',
      { subnetId: SUBNET.toLowerCase() },
      /subnetId must be the id .* upper and lower case/,
    ],
    [
      'a port of the platform',
      { port: 3390, args: [] },
      /port must not be from 3389 to 3399, which Container/,
    ],
    ['a port of ssh', { port: 22 }, /port must not be from 22 to 22/],
    ['a port of the host', { port: 4380 }, /port must not be 4380, which the runtime host uses/],
    ['a third of a core', { cpu: 0.333 }, /cpu must be from 1 to 31 in steps of 0.1, got 0.333/],
    ['too many cores', { cpu: 32 }, /cpu must be from 1 to 31/],
    ['odd memory', { memoryGiB: 0.25 }, /memoryGiB must be from 1 to 240 in steps/],
    [
      'a registry with a foreign identity',
      { registry: { server: 'r', userAssignedIdentityId: 'other' } },
      /registry.userAssignedIdentityId must be one of managedIdentities/,
    ],
    [
      'a secret in its environment',
      { env: { GITHUB_TOKEN: 'x' } },
      /env must not have GITHUB_TOKEN, which the state/,
    ],
    [
      'a home on the share',
      { env: { COPILOT_HOME: '/mnt/session-state' } },
      /env COPILOT_HOME must be a folder/,
    ],
    [
      'sessions elsewhere',
      { env: { COPILOT_RUNTIMES_SESSIONS: '/tmp' } },
      /must be \/mnt\/session-state, got/,
    ],
    ['arguments without a timeout', { args: ['--headless'] }, /args must have --session-idle-timeout/],
    [
      'arguments of another port',
      { args: ['--headless', '--port', '1'], port: 5000 },
      /args must have --port 5000/,
    ],
    ['white space in the image', { image: 'a b' }, /image must be an image reference without white space/],
    [
      'a secret that Key Vault refuses',
      { keyVault: { uri: 'u', connectionToken: 'a.b' } },
      /keyVault.connectionToken/,
    ],
  ])('fails with %s', (_, changes, message) => {
    expect(() => runtime(changes)).toThrow(PropsError);
    expect(() => runtime(changes)).toThrow(message);
  });

  it('names every mistake at once', () => {
    expect(() => runtime({ name: 'A', cpu: 0.333, memoryGiB: 999 })).toThrow(
      /name must.*cpu must.*memoryGiB must/,
    );
  });
});

describe('storage', () => {
  const storage = (changes: Partial<SessionStorageProps> = {}) =>
    stackWith((stack) => {
      const made = new SessionStorage(stack, 'Storage', { ...STORAGE, ...changes });
      made.addShare('acme', { name: 'acme', sizeGiB: 7 });
    });

  it('is shut to all but the subnets, and keeps what is deleted for a while', () => {
    expect(only(storage(), 'storage_account')).toMatchObject({
      min_tls_version: 'TLS1_2',
      allow_nested_items_to_be_public: false,
      account_replication_type: 'ZRS',
      network_rules: { default_action: 'Deny', virtual_network_subnet_ids: [SUBNET], ip_rules: [] },
      share_properties: { retention_policy: { days: 14 } },
      lifecycle: { prevent_destroy: true },
    });
  });

  it('sets all four lists of smb, for a part of them is a difference at every plan', () => {
    const { smb } = only(storage(), 'storage_account').share_properties;
    expect(Object.keys(smb).sort()).toEqual([
      'authentication_types',
      'channel_encryption_type',
      'kerberos_ticket_encryption_type',
      'versions',
    ]);
  });

  it('makes a share through Resource Manager, guarded as the account is', () => {
    const share = only(storage(), 'storage_share');
    expect(share).toMatchObject({ name: 'acme', quota: 7, lifecycle: { prevent_destroy: true } });
    expect(share.storage_account_id).toMatch(/^\$\{azurerm_storage_account\..*\.id\}$/);
    expect(share).not.toHaveProperty('storage_account_name');
    expect(only(storage({ retention: 'delete' }), 'storage_account').lifecycle.prevent_destroy).toBe(false);
  });

  it('takes a lock and roles as Azure Verified Modules do', () => {
    const stack = storage({
      lock: { kind: 'CanNotDelete' },
      roleAssignments: {
        auditors: { roleDefinitionIdOrName: 'Reader', principalId: 'p', principalType: 'Group' },
      },
    });
    expect(only(stack, 'management_lock')).toMatchObject({
      lock_level: 'CanNotDelete',
      name: 'lock-CanNotDelete',
    });
    expect(only(stack, 'role_assignment')).toMatchObject({
      role_definition_name: 'Reader',
      principal_type: 'Group',
    });
  });

  it.each<[string, Partial<SessionStorageProps>, RegExp]>([
    ['a long name', { name: 'x'.repeat(25) }, /name must be lower-case letters and digits, from 3 to 24/],
    ['a hyphen', { name: 'a-b' }, /name must be/],
    ['no subnet', { subnetIds: [] }, /subnetIds must name a subnet, got none/],
    ['no soft delete', { softDeleteDays: 0 }, /softDeleteDays must be from 1 to 365/],
  ])('fails with %s', (_, changes, message) => {
    expect(() => storage(changes)).toThrow(message);
  });

  it('fails with a share that Azure refuses', () => {
    const add = (share: Json) => () =>
      stackWith((stack) => new SessionStorage(stack, 'Storage', STORAGE).addShare('x', share));
    expect(add({ name: 'A' })).toThrow(/x: name must be/);
    expect(add({ name: 'abc', sizeGiB: 0 })).toThrow(/sizeGiB must be from 1/);
    expect(add({ name: 'abc', metadata: { 'a-b': 'x' } })).toThrow(/metadata must have keys/);
  });
});

describe('secrets', () => {
  const secrets = (changes: Partial<RuntimeSecretsProps> = {}) =>
    stackWith((stack) => new RuntimeSecrets(stack, 'Secrets', { ...SECRETS, ...changes }));

  it('are written by ephemeral values, each for itself', () => {
    const stack = secrets({
      secrets: {
        one: { name: 'one', value: { kind: 'generated', revision: 3 } },
        two: { name: 'two', value: { kind: 'generated' } },
        key: { name: 'key', value: { kind: 'variable', variable: 'model_key', revision: 2 } },
      },
    });
    const values = all(stack, 'key_vault_secret').map(({ value_wo, value_wo_version }) => [
      value_wo,
      value_wo_version,
    ]);
    expect(new Set(values.map(([value]) => value)).size).toBe(3);
    expect(values.map(([, version]) => version).sort()).toEqual([1, 2, 3]);
    for (const secret of all(stack, 'key_vault_secret')) expect(secret).not.toHaveProperty('value');
    expect(stack.variable!.model_key).toMatchObject({ ephemeral: true, sensitive: true });
  });

  it('are opened one by one, whatever their version', () => {
    const role = only(secrets(), 'role_assignment');
    expect(role).toMatchObject({
      scope: `${VAULT}/secrets/acme-token`,
      role_definition_name: 'Key Vault Secrets User',
      principal_id: 'principal',
      principal_type: 'ServicePrincipal',
    });
    expect(role.depends_on).toEqual([expect.stringMatching(/^azurerm_key_vault_secret\./)]);
  });

  it('of somebody else are opened and not made', () => {
    const stack = secrets({
      secrets: { github: { name: 'theirs', value: { kind: 'existing' }, readers: { runtime: 'p' } } },
    });
    expect(all(stack, 'key_vault_secret')).toEqual([]);
    expect(only(stack, 'role_assignment').scope).toBe(`${VAULT}/secrets/theirs`);
  });

  it('expire on a day that no plan moves', () => {
    const expirationDate = '2030-01-31T00:00:00Z';
    expect(only(secrets({ expirationDate }), 'key_vault_secret').expiration_date).toBe(expirationDate);
    expect(() => secrets({ expirationDate: '2030-01-31' })).toThrow(/expirationDate must be a time in UTC/);
  });

  it.each<[string, Partial<RuntimeSecretsProps>, RegExp]>([
    [
      'another id',
      { keyVaultId: ZONE },
      /keyVaultId must be the id of a resource of type Microsoft.KeyVault\/vaults/,
    ],
    [
      'a revision of nothing',
      { secrets: { a: { name: 'a', value: { kind: 'generated', revision: 0 } } } },
      /secrets.a.value.revision must be from 1/,
    ],
    [
      'one name twice',
      {
        secrets: {
          a: { name: 'n', value: { kind: 'generated' } },
          b: { name: 'n', value: { kind: 'generated' } },
        },
      },
      /secrets must have names of their own, got "n" twice/,
    ],
  ])('fail with %s', (_, changes, message) => {
    expect(() => secrets(changes)).toThrow(message);
  });
});

describe('a name', () => {
  const name = (changes: Json = {}) =>
    stackWith(
      (stack) => new PrivateName(stack, 'Name', { zoneId: ZONE, name: 'acme', principalId: 'p', ...changes }),
    );

  it('leads nowhere until its group writes it, which may write that one alone', () => {
    expect(only(name(), 'private_dns_a_record')).toMatchObject({
      name: 'acme',
      zone_name: 'copilot.internal',
      resource_group_name: 'copilot',
      records: ['192.0.2.1'],
      lifecycle: { ignore_changes: ['records'] },
    });
    expect(only(name(), 'role_assignment')).toMatchObject({
      scope: `${ZONE}/A/acme`,
      role_definition_name: 'Private DNS Zone Contributor',
    });
  });

  it('fails with a zone that is not known yet', () => {
    const build = (stack: TerraformStack) => {
      const zone = new TerraformVariable(stack, 'zone', {});
      new PrivateName(stack, 'Name', { zoneId: zone.stringValue, name: 'a', principalId: 'p' });
    };
    expect(() => stackWith(build)).toThrow(/zoneId must be known at synthesis/);
    expect(() => name({ name: 'A_b' })).toThrow(/name must be a DNS label/);
  });
});

describe('a network', () => {
  const network = (changes: Partial<RuntimeNetworkProps> = {}) =>
    stackWith((stack) => new RuntimeNetwork(stack, 'Network', { ...NETWORK, ...changes }));
  const rules = (stack: ReturnType<typeof network>, name: string, direction: string): Json[] =>
    only(stack, 'network_security_group', (group) => group.name === name).security_rule.filter(
      (rule: Json) => rule.direction === direction,
    );
  const inOrder = (list: Json[]) =>
    list.map(
      ({ access, source_address_prefix: one, source_address_prefixes: many, destination_port_range: port }) =>
        [access, one ?? many.join(), port].join(' '),
    );

  it('delegates its subnets, and gives each a way out and a guard before a group may start', () => {
    const stack = network();
    expect(all(stack, 'subnet')).toHaveLength(4);
    for (const subnet of all(stack, 'subnet')) {
      expect(subnet.delegation[0].service_delegation.name).toBe(
        'Microsoft.ContainerInstance/containerGroups',
      );
      expect(subnet.service_endpoints).toContain('Microsoft.Storage');
      expect(subnet.default_outbound_access_enabled).toBe(false);
    }
    expect(all(stack, 'subnet_nat_gateway_association')).toHaveLength(4);
    expect(all(stack, 'subnet_network_security_group_association')).toHaveLength(4);
  });

  it('shuts runtime from runtime before it lets anybody in', () => {
    const stack = network();
    const inbound = rules(stack, 'net-runtimes', 'Inbound');
    expect(inOrder(inbound)).toEqual([
      'Allow 10.0.2.0/24 4321',
      'Allow 10.0.3.0/24 4321',
      'Deny 10.0.0.0/24,10.0.1.0/24 4321',
      'Allow VirtualNetwork 4321',
      'Deny * *',
    ]);
    expect(inbound.map(({ priority }) => priority)).toEqual([100, 110, 120, 130, 4096]);
  });

  it('lets runtimes out to the internet and to their shares, and not into the network', () => {
    const outbound = rules(network(), 'net-runtimes', 'Outbound');
    expect(
      outbound.map(({ access, destination_address_prefix: to, destination_port_range: port }) => [
        access,
        to,
        port,
      ]),
    ).toEqual([
      ['Allow', 'Internet', '443'],
      ['Allow', 'Storage', '445'],
      ['Deny', '*', '*'],
    ]);
  });

  it('lets gateway and suite alone to the replicas of a pool, which reach no runtime either', () => {
    const stack = network({ subnets: { ...NETWORK.subnets, pool: { 'pool-0': '10.0.4.0/24' } } });
    expect(inOrder(rules(stack, 'net-pool', 'Inbound'))).toEqual([
      'Allow 10.0.2.0/24 4321',
      'Allow 10.0.3.0/24 4321',
      'Deny * *',
    ]);
    expect(inOrder(rules(stack, 'net-runtimes', 'Inbound'))).toContain(
      'Deny 10.0.0.0/24,10.0.1.0/24,10.0.4.0/24 4321',
    );
    expect(rules(stack, 'net-gateway', 'Outbound')[0]).toMatchObject({
      destination_address_prefix: '10.0.4.0/24',
    });
    const guarded = all(stack, 'subnet_network_security_group_association');
    expect(guarded.filter((one) => one.network_security_group_id.includes('security-pool'))).toHaveLength(1);
  });

  it('lets nobody enter the suite', () => {
    expect(inOrder(rules(network(), 'net-smoke', 'Inbound'))).toEqual(['Deny * *']);
  });

  it.each<[string, Partial<RuntimeNetworkProps>, RegExp]>([
    ['no subnet', { subnets: { runtimes: {} } }, /subnets.runtimes must name a subnet, got none/],
    ['IPv6', { addressSpace: 'fd00::/8' }, /must be IPv4 ranges, for Container Instances has no IPv6/],
  ])('fails with %s', (_, changes, message) => {
    expect(() => network(changes)).toThrow(message);
  });
});

describe('a gateway', () => {
  const gateway = (changes: Partial<GatewayProps> = {}) =>
    stackWith((stack) => new Gateway(stack, 'Gateway', { ...GATEWAY, ...changes }));
  const env = (stack: ReturnType<typeof gateway>) =>
    only(stack, 'container_group').container[0].environment_variables;

  it('reads its configuration from the vault, which a new tenant changes and nothing else of the group', () => {
    const before = gateway();
    const after = gateway({
      config: { ...GATEWAY.config, text: '{"tenants":{}}' },
      tenants: { ...GATEWAY.tenants, search: { tokens: { b: { name: 'search-b' } } } },
    });
    expect(only(after, 'container_group')).toEqual(only(before, 'container_group'));
    expect(env(before)).toMatchObject({
      COPILOT_RUNTIMES_GATEWAY_CONFIG_SECRET: 'config',
      COPILOT_RUNTIMES_KEY_VAULT: 'https://acme.vault.azure.net/',
    });
    const config = only(after, 'key_vault_secret', ({ name }) => name === 'config');
    expect(config).toMatchObject({ value: '{"tenants":{}}', content_type: 'application/json' });
  });

  it("opens a tenant's tokens to itself and to whom the tenant names", () => {
    const stack = gateway({
      tenants: {
        docs: { tokens: { a: { name: 'a' }, b: { name: 'b', revision: 2 } }, readers: { app: 'app' } },
      },
    });
    const readers = all(stack, 'role_assignment').map(({ scope, principal_id: who }) => [
      scope.split('/').at(-1),
      who,
    ]);
    expect(readers.sort()).toEqual([
      ['a', 'app'],
      ['a', 'principal'],
      ['b', 'app'],
      ['b', 'principal'],
      ['config', 'principal'],
    ]);
  });

  it.each<[string, Partial<GatewayProps>, RegExp]>([
    [
      'more configuration than a secret takes',
      { config: { secretName: 'c', text: 'x'.repeat(25_001) } },
      /25000 bytes/,
    ],
    [
      'a tenant without a token',
      { tenants: { docs: { tokens: {} } } },
      /tenants docs must have a token slot/,
    ],
    ['a port of the platform', { port: 9999 }, /port must not be from 9999/],
  ])('fails with %s', (_, changes, message) => {
    expect(() => gateway(changes)).toThrow(message);
  });
});
