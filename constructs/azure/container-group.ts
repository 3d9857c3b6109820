import {
  ContainerGroup,
  type ContainerGroupContainerLivenessProbe,
  type ContainerGroupContainerVolume,
} from '@cdktf/provider-azurerm/lib/container-group/index.js';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

import { GROUP_MAXIMUM, GROUP_MINIMUM } from '../../topology/azure/limits.js';

import {
  workspace,
  type DiagnosticSettingsProps,
  type ManagedIdentitiesProps,
  type Tags,
} from './cross-cutting.js';
import { azureName, image, literal, resourceId, tenths } from './rules.js';

/** What a runtime and a gateway have in common as container groups. */
export interface ContainerGroupProps {
  readonly resourceGroupName: string;
  /** Azure region. */
  readonly location: string;
  /** Name of the group. */
  readonly name: string;
  /** Subnet that is delegated to Microsoft.ContainerInstance/containerGroups, and used by nothing else. */
  readonly subnetId: string;
  /** Image of runtime, host and gateway, by digest. amd64. */
  readonly image: string;
  /** Identities of the group. The one that reads secrets is also `clientId`. */
  readonly managedIdentities: ManagedIdentitiesProps;
  /** Client id of the identity that reads secrets and writes the group's address. */
  readonly clientId: string;
  /** Registry that the image is pulled from, with one of {@link managedIdentities}. @default - anonymously */
  readonly registry?: { readonly server: string; readonly userAssignedIdentityId: string };
  /** Id of the record set that must lead to the group, by `PrivateName`. @default - none is written */
  readonly dnsRecordId?: string;
  /** DNS of the group, which does not inherit that of its network. @default - that of Azure, which knows its private zones */
  readonly dns?: { readonly nameServers: readonly string[]; readonly searchDomains?: readonly string[] };
  /** Where the log goes. @default - it stays with the group: 4 MB of the last start */
  readonly diagnosticSettings?: DiagnosticSettingsProps;
  /** Whether Azure starts a container again that has ended. @default Always */
  readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
  /** How long Terraform waits for the group, and for those of its subnet before it: they are made one by one. @default 60m */
  readonly createTimeout?: string;
  /** @default - none */
  readonly tags?: Tags;
}

export const CONTAINER_GROUP_RULES = [
  azureName<ContainerGroupProps>('name', 'containerGroup', (props) => props.name),
  resourceId<ContainerGroupProps>(
    'subnetId',
    'Microsoft.Network/virtualNetworks/subnets',
    (props) => props.subnetId,
  ),
  resourceId<ContainerGroupProps>(
    'managedIdentities.userAssignedResourceIds',
    'Microsoft.ManagedIdentity/userAssignedIdentities',
    (props) => props.managedIdentities.userAssignedResourceIds,
  ),
  resourceId<ContainerGroupProps>(
    'diagnosticSettings.workspaceResourceId',
    'Microsoft.OperationalInsights/workspaces',
    (props) => props.diagnosticSettings?.workspaceResourceId,
  ),
  literal<ContainerGroupProps>(
    'diagnosticSettings.workspaceResourceId',
    (props) => props.diagnosticSettings?.workspaceResourceId,
  ),
  resourceId<ContainerGroupProps>(
    'dnsRecordId',
    'Microsoft.Network/privateDnsZones/A',
    (props) => props.dnsRecordId,
  ),
  image<ContainerGroupProps>(),
  ({ registry, managedIdentities }: ContainerGroupProps) =>
    registry && !managedIdentities.userAssignedResourceIds.includes(registry.userAssignedIdentityId)
      ? 'registry.userAssignedIdentityId must be one of managedIdentities.userAssignedResourceIds, for a group pulls with its own identities only: add it there'
      : undefined,
];

/** Rules of what the one container of a group may ask for: what the group gets. */
export const sizes = <P extends { readonly cpu?: number; readonly memoryGiB?: number }>() => [
  tenths<P>('cpu', GROUP_MINIMUM.cpu, GROUP_MAXIMUM.cpu, (props) => props.cpu),
  tenths<P>('memoryGiB', GROUP_MINIMUM.memoryGiB, GROUP_MAXIMUM.memoryGiB, (props) => props.memoryGiB),
];

/** The one container of a group. */
export interface ContainerSpec {
  readonly name: string;
  readonly command: readonly string[];
  /** Never a secret: it is in the state, and everybody who may read the group reads it. */
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly healthPort: number;
  /** Cores, in tenths. */
  readonly cpu: number;
  /** In tenths. */
  readonly memoryGiB: number;
  readonly volume?: Omit<ContainerGroupContainerVolume, 'readOnly'>;
}

/** Resolves names of private zones linked to the network; a group has no other DNS unless told. */
const AZURE_DNS = '168.63.129.16';

/** A group with one container in a private subnet: no public address, no key for the registry, nothing privileged. */
export function containerGroup(
  scope: Construct,
  props: ContainerGroupProps,
  container: ContainerSpec,
  after: readonly ITerraformDependable[],
): ContainerGroup {
  const { registry, diagnosticSettings, dns } = props;
  const logs = diagnosticSettings && workspace(scope, diagnosticSettings.workspaceResourceId);
  const timeout = props.createTimeout ?? '60m';
  return new ContainerGroup(scope, 'Resource', {
    name: props.name,
    resourceGroupName: props.resourceGroupName,
    location: props.location,
    osType: 'Linux',
    sku: 'Standard',
    subnetIds: [props.subnetId],
    ipAddressType: 'Private',
    restartPolicy: props.restartPolicy ?? 'Always',
    identity: { type: 'UserAssigned', identityIds: [...props.managedIdentities.userAssignedResourceIds] },
    container: [
      {
        name: container.name,
        image: props.image,
        commands: [...container.command],
        environmentVariables: { ...container.env },
        // No limits: the provider plans them at every run and never sends them.
        cpu: container.cpu,
        memory: container.memoryGiB,
        ports: [{ port: container.port, protocol: 'TCP' }],
        // /livez itself tolerates 60 s without an answer: a large prompt stalls a runtime for half of that.
        livenessProbe: probe('/livez', container.healthPort, { initialDelaySeconds: 120, periodSeconds: 20 }),
        readinessProbe: probe('/readyz', container.healthPort, { initialDelaySeconds: 2, periodSeconds: 10 }),
        security: [{ privilegeEnabled: false }],
        ...(container.volume && { volume: [{ ...container.volume, readOnly: false }] }),
      },
    ],
    dnsConfig: {
      nameservers: [...(dns?.nameServers ?? [AZURE_DNS])],
      ...(dns?.searchDomains && { searchDomains: [...dns.searchDomains] }),
    },
    ...(registry && {
      imageRegistryCredential: [
        { server: registry.server, userAssignedIdentityId: registry.userAssignedIdentityId },
      ],
    }),
    ...(logs && {
      diagnostics: {
        logAnalytics: {
          workspaceId: logs.workspaceId,
          workspaceKey: logs.primarySharedKey,
          logType: 'ContainerInstanceLogs',
        },
      },
    }),
    tags: { ...props.tags },
    timeouts: { create: timeout, update: timeout, delete: timeout },
    lifecycle: {
      // Regular unless said: whether Azure says it back is not known, and a difference would replace every group.
      ignoreChanges: ['priority'],
    },
    dependsOn: [...after],
  });
}

function probe(
  path: string,
  port: number,
  times: { initialDelaySeconds: number; periodSeconds: number },
): ContainerGroupContainerLivenessProbe {
  return {
    httpGet: [{ path, port, scheme: 'http' }],
    ...times,
    failureThreshold: 3,
    successThreshold: 1,
    timeoutSeconds: 6,
  };
}
