import { z } from 'zod';

import { backend } from './backend.js';
import { hostName, labels, url } from './common.js';

/** Id of an Azure resource of one type, such as `Microsoft.KeyVault/vaults`; its parts are never empty. */
function resourceId(type: string, example: string) {
  const [provider, ...kinds] = type.split('/');
  const path = kinds.map((kind) => `/${kind}/[^/\\s]+`).join('');
  return z
    .string()
    .regex(
      new RegExp(`^/subscriptions/[^/\\s]+/resourceGroups/[^/\\s]+/providers/${provider}${path}$`),
      `must be the resource id of ${example}, spelt as Azure does: /subscriptions/…/resourceGroups/…/providers/${type.replace(/\/(\w+)/g, '/$1/…')}`,
    );
}

export const subnetId = resourceId('Microsoft.Network/virtualNetworks/subnets', 'a subnet');

const network = z.strictObject({
  addressSpace: z
    .cidrv4('must be an IPv4 range such as 10.64.0.0/16')
    .default('10.64.0.0/16')
    .describe('Addresses of the network, /8 to /20. Every subnet gets a 64th of them. Never changes.'),
  runtimeSubnets: z
    .int()
    .min(1)
    .max(16)
    .default(2)
    .describe(
      'Subnets for runtimes. Groups of one subnet are created one after another: several are faster.',
    ),
  smokeSubnet: z
    .boolean()
    .default(false)
    .describe('A subnet for the smoke suite, and with it an identity that can read every token.'),
  privateDnsZone: hostName
    .default('copilot.internal')
    .describe('Private zone that is created and carries one record per group.'),
});

export const azure = z
  .strictObject({
    location: z.string().min(1).describe('Azure region, such as westeurope.'),
    subscriptionId: z.guid('must be a UUID').describe('Subscription that everything is created in.'),
    resourceGroup: z.string().min(1).max(90).describe('Existing resource group.'),
    network: network
      .optional()
      .describe('Create network, subnets, NAT gateway and zone, instead of naming existing ones.'),
    runtimeSubnetIds: z
      .array(subnetId)
      .min(1)
      .optional()
      .describe(
        'Existing subnets, delegated to Microsoft.ContainerInstance/containerGroups. Several are created in faster.',
      ),
    poolSubnetIds: z
      .array(subnetId)
      .min(1)
      .optional()
      .describe(
        'Delegated subnets of the replicas of the pool, which only the gateway should reach. Without it, `runtimeSubnetIds`: there a client is kept from a replica by its token alone.',
      ),
    gatewaySubnetId: subnetId.optional().describe('Delegated subnet of the gateway.'),
    smokeSubnetId: subnetId
      .optional()
      .describe(
        'Delegated subnet that the smoke suite runs in. With it, an identity is made that can read every token.',
      ),
    keyVaultId: resourceId('Microsoft.KeyVault/vaults', 'a Key Vault').describe(
      'Key Vault (with RBAC) that holds the tokens.',
    ),
    keyVaultUri: url('https')
      .optional()
      .describe('Its URI. Without it, `https://<name>.vault.azure.net/`; other clouds have other domains.'),
    privateDnsZoneId: resourceId('Microsoft.Network/privateDnsZones', 'a private DNS zone')
      .optional()
      .describe('Existing private zone, linked to the network of whoever connects. One record per group.'),
    dnsServers: z
      .array(z.ipv4('must be an IPv4 address'))
      .min(1)
      .default(['168.63.129.16'])
      .describe('DNS servers of the groups, which inherit none from their network.'),
    logAnalyticsWorkspaceId: resourceId('Microsoft.OperationalInsights/workspaces', 'a workspace')
      .optional()
      .describe('Workspace that receives the logs. Its key lies in the state then.'),
    registryServer: hostName.optional().describe('Azure Container Registry that the image is pulled from.'),
    pullIdentityId: resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', 'a user-assigned identity')
      .optional()
      .describe('User-assigned identity with AcrPull on `registryServer`.'),
    storageAccountPer: z
      .enum(['cell', 'tenant'])
      .default('cell')
      .describe(
        'How far the key of a storage account reaches, which Azure Files needs and which lies in the state. Never changes.',
      ),
    storageRedundancy: z
      .enum(['LRS', 'ZRS'])
      .default('ZRS')
      .describe(
        'Redundancy of the file shares. Never changes: it would replace the account with every share.',
      ),
    secretsExpireOn: z.iso
      .date('must be a date such as 2027-12-31')
      .optional()
      .describe(
        'Expiry date of the secrets that are created. Nothing stops on that day, but Key Vault warns before.',
      ),
    tags: labels.default({}).describe('Added to every resource.'),
    backend: backend.prefault({ type: 'local' }).describe('Where Terraform keeps the state.'),
  })
  .describe('Settings for `platform: azure`.');
