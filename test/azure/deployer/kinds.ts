import { createHash } from 'node:crypto';

import { SUBSCRIPTION } from '../stand-in/index.js';
import { roleNamed } from '../stand-in/roles.js';

import { containerGroupBody } from './container-group.js';
import { block, blocks, given, type Config } from './stack.js';

/** How a type of the provider's resources becomes one of Azure's. */
export interface ProviderKind {
  /** Resource id. */
  readonly id: (config: Config) => string;
  readonly body: (config: Config) => object;
  /** Changes that Azure takes only as a new resource. @default - none */
  readonly replaced?: true;
}

const in_ = (config: Config, rest: string) =>
  `/subscriptions/${SUBSCRIPTION}/resourceGroups/${String(config.resource_group_name)}/providers/${rest}`;
const named =
  (type: string) =>
  (config: Config): string =>
    in_(config, `${type}/${String(config.name)}`);
/** Location, tags and properties: what most resources are. */
const tracked = (config: Config, properties: object) =>
  given({ location: config.location, tags: config.tags, properties });

const ZONES = 'Microsoft.Network/privateDnsZones';

/** Types with an id of Resource Manager; secrets and associations are other ways, see the deployer. */
export const PROVIDER_KINDS: Readonly<Record<string, ProviderKind>> = {
  azurerm_user_assigned_identity: {
    id: named('Microsoft.ManagedIdentity/userAssignedIdentities'),
    body: (config) => tracked(config, {}),
  },
  azurerm_virtual_network: {
    id: named('Microsoft.Network/virtualNetworks'),
    body: (config) => tracked(config, { addressSpace: { addressPrefixes: config.address_space } }),
  },
  azurerm_subnet: {
    id: (config) =>
      in_(
        config,
        `Microsoft.Network/virtualNetworks/${String(config.virtual_network_name)}/subnets/${String(config.name)}`,
      ),
    body: (config) => ({
      properties: {
        addressPrefixes: config.address_prefixes,
        serviceEndpoints: ((config.service_endpoints ?? []) as string[]).map((service) => ({ service })),
        delegations: blocks(config, 'delegation').map((one) => ({
          name: one.name,
          properties: { serviceName: block(one, 'service_delegation')!.name },
        })),
      },
    }),
  },
  azurerm_network_security_group: {
    id: named('Microsoft.Network/networkSecurityGroups'),
    body: (config) => tracked(config, { securityRules: blocks(config, 'security_rule').map(securityRule) }),
  },
  azurerm_public_ip: {
    id: named('Microsoft.Network/publicIPAddresses'),
    body: (config) => ({
      ...tracked(config, { publicIPAllocationMethod: config.allocation_method }),
      sku: { name: config.sku },
    }),
  },
  azurerm_nat_gateway: {
    id: named('Microsoft.Network/natGateways'),
    body: (config) => ({ ...tracked(config, {}), sku: { name: config.sku_name ?? 'Standard' } }),
  },
  azurerm_private_dns_zone: {
    id: named(ZONES),
    body: (config) => ({ ...tracked(config, {}), location: 'global' }),
  },
  azurerm_private_dns_zone_virtual_network_link: {
    id: (config) =>
      in_(
        config,
        `${ZONES}/${String(config.private_dns_zone_name)}/virtualNetworkLinks/${String(config.name)}`,
      ),
    body: (config) => ({
      location: 'global',
      tags: config.tags,
      properties: {
        virtualNetwork: { id: config.virtual_network_id },
        registrationEnabled: config.registration_enabled ?? false,
      },
    }),
  },
  azurerm_private_dns_a_record: {
    id: (config) => in_(config, `${ZONES}/${String(config.zone_name)}/A/${String(config.name)}`),
    body: (config) => ({
      properties: {
        ttl: config.ttl,
        metadata: config.tags,
        aRecords: (config.records as string[]).map((ipv4Address) => ({ ipv4Address })),
      },
    }),
  },
  azurerm_role_assignment: {
    id: (config) =>
      `${String(config.scope)}/providers/Microsoft.Authorization/roleAssignments/${assignmentName(config)}`,
    body: (config) => ({
      properties: {
        principalId: config.principal_id,
        principalType: config.principal_type,
        roleDefinitionId: `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/${roleOf(config)}`,
      },
    }),
    replaced: true,
  },
  azurerm_management_lock: {
    id: (config) => `${String(config.scope)}/providers/Microsoft.Authorization/locks/${String(config.name)}`,
    body: (config) => ({ properties: { level: config.lock_level } }),
    replaced: true,
  },
  azurerm_storage_account: {
    id: named('Microsoft.Storage/storageAccounts'),
    body: (config) => ({
      ...tracked(config, {
        minimumTlsVersion: config.min_tls_version,
        allowSharedKeyAccess: config.shared_access_key_enabled ?? true,
        networkAcls: networkAcls(block(config, 'network_rules')),
      }),
      kind: config.account_kind,
      sku: { name: `${String(config.account_tier)}_${String(config.account_replication_type)}` },
    }),
  },
  azurerm_storage_share: {
    id: (config) => `${String(config.storage_account_id)}/fileServices/default/shares/${String(config.name)}`,
    body: (config) => ({ properties: { shareQuota: config.quota, metadata: config.metadata } }),
  },
  azurerm_log_analytics_workspace: {
    id: named('Microsoft.OperationalInsights/workspaces'),
    body: (config) => tracked(config, {}),
  },
  azurerm_container_group: {
    id: named('Microsoft.ContainerInstance/containerGroups'),
    body: containerGroupBody,
    replaced: true,
  },
};

function roleOf({ role_definition_name: name, role_definition_id: id }: Config): string {
  return typeof name === 'string' ? roleNamed(name).id : String(id).split('/').at(-1)!;
}

/** The same for the same grant, as a UUID. */
function assignmentName(config: Config): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([config.scope, config.principal_id, roleOf(config)]))
    .digest('hex');
  return hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function securityRule(config: Config): object {
  return {
    name: config.name,
    properties: given({
      priority: config.priority,
      direction: config.direction,
      access: config.access,
      protocol: config.protocol,
      sourcePortRange: config.source_port_range,
      sourceAddressPrefix: config.source_address_prefix,
      sourceAddressPrefixes: config.source_address_prefixes,
      destinationAddressPrefix: config.destination_address_prefix,
      destinationAddressPrefixes: config.destination_address_prefixes,
      destinationPortRange: config.destination_port_range,
      destinationPortRanges: config.destination_port_ranges,
    }),
  };
}

function networkAcls(config: Config | undefined): object | undefined {
  return (
    config && {
      defaultAction: config.default_action,
      bypass: 'AzureServices',
      ipRules: [],
      virtualNetworkRules: ((config.virtual_network_subnet_ids ?? []) as readonly string[]).map((id) => ({
        id,
        action: 'Allow',
      })),
    }
  );
}
