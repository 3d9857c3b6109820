import { GROUP_ID, type AzureStandIn, type Principal, type Vault } from '../stand-in/index.js';

import { callArm } from './arm.js';

/** Something to put container groups into: a delegated subnet, an account with a share, a vault, a zone. */
export interface Landscape {
  readonly standIn: AzureStandIn;
  readonly vault: Vault;
  readonly identity: Principal;
  readonly subnetId: string;
  readonly zoneId: string;
  readonly accountKey: string;
}

const PROVIDERS = `${GROUP_ID}/providers`;
export const NETWORK_ID = `${PROVIDERS}/Microsoft.Network/virtualNetworks/net`;
export const ACCOUNT_ID = `${PROVIDERS}/Microsoft.Storage/storageAccounts/copilotacme`;
export const groupId = (name: string) => `${PROVIDERS}/Microsoft.ContainerInstance/containerGroups/${name}`;

export const DELEGATION = {
  name: 'aci',
  properties: { serviceName: 'Microsoft.ContainerInstance/containerGroups' },
};

/** PUTs a resource. @throws Error with the refusal */
export async function put(standIn: AzureStandIn, id: string, body: object) {
  const answer = await callArm(standIn, 'PUT', id, body);
  if (answer.status >= 300) throw new Error(`PUT ${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer;
}

export async function makeLandscape(standIn: AzureStandIn): Promise<Landscape> {
  const location = 'westeurope';
  const zoneId = `${PROVIDERS}/Microsoft.Network/privateDnsZones/copilot.internal`;
  await put(standIn, NETWORK_ID, {
    location,
    properties: {
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [
        { name: 'runtimes', properties: { addressPrefixes: ['10.0.1.0/24'], delegations: [DELEGATION] } },
        { name: 'others', properties: { addressPrefixes: ['10.0.2.0/24'] } },
      ],
    },
  });
  await put(standIn, zoneId, { location: 'global' });
  await put(standIn, ACCOUNT_ID, { location, sku: { name: 'Standard_ZRS' } });
  await put(standIn, `${ACCOUNT_ID}/fileServices/default/shares/acme`, { properties: { shareQuota: 5 } });
  const { body } = await callArm(standIn, 'POST', `${ACCOUNT_ID}/listKeys`);
  const [key] = body.keys as { value: string }[];
  return {
    standIn,
    vault: standIn.addVault('acme'),
    identity: standIn.addIdentity('acme'),
    subnetId: `${NETWORK_ID}/subnets/runtimes`,
    zoneId,
    accountKey: key!.value,
  };
}

/** A container group as the kit describes one, to be changed by tests. */
export function groupBody({ subnetId, identity, accountKey }: Landscape) {
  return {
    location: 'westeurope',
    tags: { tenant: 'acme' } as Record<string, string>,
    identity: { type: 'UserAssigned', userAssignedIdentities: { [identity.resourceId!]: {} } },
    properties: {
      osType: 'Linux',
      sku: 'Standard',
      restartPolicy: 'Always',
      subnetIds: [{ id: subnetId }],
      ipAddress: { type: 'Private', ports: [{ port: 4321, protocol: 'TCP' }] },
      containers: [
        {
          name: 'copilot-runtime',
          properties: {
            image: 'registry.example.com/copilot-runtimes@sha256:0',
            command: ['node', 'main.js'],
            environmentVariables: [
              { name: 'PLAIN', value: 'plain' },
              { name: 'SECRET', secureValue: 'a secret' },
            ],
            ports: [{ port: 4321, protocol: 'TCP' }],
            resources: { requests: { cpu: 0.5, memoryInGB: 1 } },
            volumeMounts: [{ name: 'sessions', mountPath: '/mnt/session-state' }],
          },
        },
      ],
      volumes: [
        {
          name: 'sessions',
          azureFile: {
            shareName: 'acme',
            storageAccountName: 'copilotacme',
            storageAccountKey: accountKey,
          },
        },
      ],
    },
  };
}
