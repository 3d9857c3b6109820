import type { Config } from './stack.js';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/copilot';
const IDENTITY = `${GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/acme`;

const common: Config = {
  resource_group_name: 'copilot',
  location: 'westeurope',
  os_type: 'Linux',
  ip_address_type: 'Private',
  subnet_ids: [`${GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/runtimes`],
  identity: { type: 'UserAssigned', identity_ids: [IDENTITY] },
};

const probe = (path: string): Config => ({
  http_get: [{ path, port: 4380, scheme: 'http' }],
  initial_delay_seconds: 2,
  period_seconds: 10,
  failure_threshold: 3,
  success_threshold: 1,
  timeout_seconds: 6,
});

/** Container groups as Terraform's JSON has them: as the kit writes them, and with everything that it leaves out. */
export const GROUP_EXAMPLES: Readonly<Record<string, Config>> = {
  runtime: {
    ...common,
    name: 'runtime',
    sku: 'Standard',
    restart_policy: 'Always',
    tags: { 'managed-by': 'copilot-runtimes' },
    dns_config: { nameservers: ['168.63.129.16'] },
    container: [
      {
        name: 'copilot-runtime',
        image: 'registry.example.com/copilot-runtimes@sha256:0',
        commands: ['/usr/bin/tini', '--', 'node', '/app/dist/services/runtime-host/main.js'],
        environment_variables: { COPILOT_HOME: '/var/lib/copilot/home' },
        cpu: 0.5,
        memory: 1,
        ports: [{ port: 4321, protocol: 'TCP' }],
        liveness_probe: probe('/livez') as never,
        readiness_probe: probe('/readyz') as never,
        security: [{ privilege_enabled: false }],
        volume: [
          {
            name: 'session-state',
            mount_path: '/mnt/session-state',
            share_name: 'acme',
            storage_account_name: 'copilotacme',
            storage_account_key: 'a key',
            read_only: false,
          },
        ],
      },
    ],
  },
  smallest: {
    ...common,
    name: 'smallest',
    container: [{ name: 'one', image: 'one', cpu: 0.5, memory: 1, ports: [{ port: 80, protocol: 'TCP' }] }],
  },
  everything: {
    ...common,
    name: 'everything',
    restart_policy: 'OnFailure',
    zones: ['1'],
    dns_config: {
      nameservers: ['10.0.0.4', '10.0.0.5'],
      search_domains: ['a.internal', 'b.internal'],
      options: ['ndots:1'],
    },
    image_registry_credential: [{ server: 'acme.azurecr.io', user_assigned_identity_id: IDENTITY }],
    diagnostics: {
      log_analytics: {
        workspace_id: '00000000-0000-4000-8000-000000000003',
        workspace_key: 'another key',
        log_type: 'ContainerInstanceLogs',
      },
    },
    exposed_port: [{ port: 80, protocol: 'TCP' }],
    container: [
      {
        name: 'one',
        image: 'one',
        cpu: 1,
        memory: 1.5,
        ports: [
          { port: 80, protocol: 'TCP' },
          { port: 81, protocol: 'UDP' },
        ],
        environment_variables: { PLAIN: 'plain' },
        secure_environment_variables: { SECRET: 'secret' },
        readiness_probe: { exec: ['true'], period_seconds: 5 },
      },
      { name: 'two', image: 'two', cpu: 0.5, memory: 1, commands: ['sleep', '1'] },
    ],
  },
};
