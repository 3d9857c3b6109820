import { runtimeRules, gatewayRules, smokeRules } from '../../../constructs/azure/network-rules.js';
import { azureGatewayPlace } from '../../../topology/azure-gateway.js';
import {
  CONTAINER,
  GATEWAY_ENV,
  GATEWAY_NAME,
  GATEWAY_NODE_FLAGS,
  gatewayConfig,
  HOST_ENV,
  HOST_NODE_FLAGS,
  HOST_PORTS,
  IMAGE,
  SECRET_FILES,
  SHARE_DIRECTORY,
  type AzureGroupPlan,
  type AzureSubnetPlan,
  type Plan,
  type RuntimeId,
} from '../../../topology/index.js';
import type { Principal } from '../../azure/stand-in/index.js';
import { DELEGATION } from '../../azure/support/landscape.js';

/** Bodies for Resource Manager of what a plan describes, as the stacks have them made. */

const LOCATION = 'westeurope';

/** Rules of the subnets for one use. @param move where an address is instead, if not where it is planned */
export function securityGroup({ azure, runtimes, gateway }: Plan, use: AzureSubnetPlan['use'], move: Move) {
  const cidrs = (of: AzureSubnetPlan['use']) =>
    azure!.network!.subnets.filter((subnet) => subnet.use === of).map(({ cidr }) => move(cidr));
  const [gatewayCidr] = cidrs('gateway');
  const [smokeCidr] = cidrs('smoke');
  const parties = {
    runtimeCidrs: cidrs('runtime'),
    ...(gatewayCidr !== undefined && { gatewayCidr }),
    ...(smokeCidr !== undefined && { smokeCidr }),
    clientCidrs: ['VirtualNetwork'],
    runtimePort: runtimes[0]!.port,
    gatewayPort: gateway!.port,
    gatewayEgress: [],
    runtimeEgress: [],
  };
  const rules = { runtime: runtimeRules, gateway: gatewayRules, smoke: smokeRules }[use](parties);
  return {
    location: LOCATION,
    properties: { securityRules: rules.map(({ name, ...properties }) => ({ name, properties })) },
  };
}

export type Move = (range: string) => string;

export const network = ({ azure }: Plan, move: Move) => ({
  location: LOCATION,
  properties: { addressSpace: { addressPrefixes: [move(azure!.network!.addressSpace)] } },
});

export const subnet = ({ cidr }: AzureSubnetPlan, securityGroupId: string, move: Move) => ({
  properties: {
    addressPrefixes: [move(cidr)],
    delegations: [DELEGATION],
    networkSecurityGroup: { id: securityGroupId },
  },
});

/** A container group: of the gateway, or of a runtime with its share. */
export function containerGroup(plan: Plan, who: string, { clientId }: Principal, accountKey: string) {
  const { image, runtimes, gateway, keyVault, dnsServers } = plan.azure!;
  const planned = plan.runtimes.find(({ id }) => id === who);
  const group: AzureGroupPlan = planned ? runtimes[planned.id]! : gateway!;
  const storage = planned && runtimes[planned.id]!.storage;
  const port = { port: planned?.port ?? plan.gateway!.port, protocol: 'TCP' };
  const env = {
    ...(planned
      ? runtimeEnvironment(plan, planned.id)
      : { [GATEWAY_ENV.configSecret]: gateway!.configSecret }),
    [HOST_ENV.keyVault]: keyVault.uri,
    [HOST_ENV.identity]: clientId,
    [HOST_ENV.dnsRecord]: group.recordId,
  };
  const program = planned
    ? [...HOST_NODE_FLAGS, IMAGE.runtimeHost, ...planned.args]
    : [...GATEWAY_NODE_FLAGS, IMAGE.gateway];
  const probe = (path: string) => ({
    httpGet: { path, port: HOST_PORTS.health, scheme: 'http' },
    initialDelaySeconds: path === '/livez' ? 120 : 0,
    periodSeconds: path === '/livez' ? 20 : 1,
    failureThreshold: 3,
    timeoutSeconds: 6,
  });
  return {
    location: LOCATION,
    tags: { 'copilot-runtimes': plan.name },
    identity: { type: 'UserAssigned', userAssignedIdentities: { [group.identityId]: {} } },
    properties: {
      osType: 'Linux',
      sku: 'Standard',
      restartPolicy: 'Always',
      subnetIds: [{ id: group.subnetId }],
      ipAddress: { type: 'Private', ports: [port] },
      dnsConfig: { nameServers: dnsServers },
      containers: [
        {
          name: planned ? CONTAINER.name : GATEWAY_NAME,
          properties: {
            image,
            command: [...IMAGE.init, 'node', ...program],
            environmentVariables: Object.entries(env).map(([name, value]) => ({ name, value })),
            ports: [port],
            resources: { requests: { cpu: 0.5, memoryInGB: 1 } },
            securityContext: { privileged: false },
            livenessProbe: probe('/livez'),
            readinessProbe: probe('/readyz'),
            volumeMounts: storage ? [{ name: 'sessions', mountPath: SHARE_DIRECTORY }] : [],
          },
        },
      ],
      volumes: storage
        ? [
            {
              name: 'sessions',
              azureFile: {
                shareName: storage.share,
                storageAccountName: storage.account,
                storageAccountKey: accountKey,
              },
            },
          ]
        : [],
    },
  };
}

function runtimeEnvironment({ azure, runtimes }: Plan, id: string): Record<string, string> {
  const { env } = runtimes.find((one) => one.id === id)!;
  const { connectionToken, githubToken } = azure!.runtimes[id as RuntimeId]!.secrets;
  const secrets = [
    `${SECRET_FILES.connectionToken}=${connectionToken}`,
    ...(githubToken === undefined ? [] : [`${SECRET_FILES.githubToken}=${githubToken}`]),
  ];
  return { ...env, [HOST_ENV.keyVaultSecrets]: secrets.join(',') };
}

/** The text of the secret with the gateway's configuration. */
export function gatewayText(plan: Plan): string {
  return JSON.stringify(gatewayConfig(plan.gateway!, azureGatewayPlace(plan)!));
}
