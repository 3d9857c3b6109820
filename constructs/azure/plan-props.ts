import type { AzureGroupPlan, AzurePlan, AzureRuntimePlan } from '../../topology/azure/model.js';
import { SECRET_FILES } from '../../topology/host-contract.js';
import type { Plan } from '../../topology/plan.js';
import type { RuntimePlan } from '../../topology/runtime-plan.js';
import type { SecretSource } from '../../topology/schema/common.js';
import { escapeTemplates } from '../common/escape.js';

import type { ContainerGroupProps } from './container-group.js';
import { ownerMetadata, ownerTags, topologyTags } from './owner.js';
import type { RuntimeProps } from './runtime-props.js';
import type { RuntimeSecretProps, SecretValue } from './runtime-secrets.js';
import type { SessionShareProps, SessionStorageProps } from './session-storage.js';

/** A plan for Azure. @throws Error for one of another platform */
export function azureSettings(plan: Plan): AzurePlan {
  if (plan.azure) return plan.azure;
  throw new Error(`the plan is for platform ${plan.platform}: plan a topology with platform azure`);
}

const escaped = new WeakMap<Plan, AzurePlan>();

/** {@link azureSettings} safe for Terraform. Escaped once per plan: every tenant of a stack needs them. */
export function escapedSettings(plan: Plan): AzurePlan {
  const known = escaped.get(plan);
  if (known) return known;
  const settings = escapeTemplates(azureSettings(plan));
  escaped.set(plan, settings);
  return settings;
}

/** What a runtime is on Azure, safe for Terraform. */
export function groupOf(plan: Plan, { id }: RuntimePlan): AzureRuntimePlan {
  return escapedSettings(plan).runtimes[id]!;
}

/** Tags of everything of a topology. */
export function commonTags(plan: Plan): Record<string, string> {
  return { ...escapedSettings(plan).tags, ...topologyTags(plan.name) };
}

/** Tags of what belongs to one runtime. */
export function runtimeTags(plan: Plan, planned: RuntimePlan): Record<string, string> {
  return { ...commonTags(plan), ...ownerTags(planned) };
}

/** What the identity of a group is, once Terraform has made it. */
export interface GroupIdentity {
  readonly clientId: string;
  readonly principalId: string;
}

/** What runtime and gateway have in common. */
export function groupProps(
  plan: Plan,
  group: AzureGroupPlan,
  { clientId }: GroupIdentity,
): Omit<ContainerGroupProps, 'tags'> {
  const { image, dnsServers, pull, logAnalyticsWorkspaceId: workspaceResourceId } = escapedSettings(plan);
  return {
    resourceGroupName: group.resourceGroup,
    location: group.location,
    name: group.group,
    subnetId: group.subnetId,
    image,
    clientId,
    dnsRecordId: group.recordId,
    managedIdentities: {
      userAssignedResourceIds: [group.identityId, ...(pull ? [pull.identityId] : [])],
    },
    ...(pull && { registry: { server: pull.server, userAssignedIdentityId: pull.identityId } }),
    dns: { nameServers: dnsServers },
    ...(workspaceResourceId !== undefined && { diagnosticSettings: { workspaceResourceId } }),
  };
}

/** Props of a planned runtime. @param storageAccountKey of the account that its share is in */
export function runtimeProps(
  plan: Plan,
  planned: RuntimePlan,
  identity: GroupIdentity,
  storageAccountKey: string,
): RuntimeProps {
  const { args, env, port } = escapeTemplates({ args: planned.args, env: planned.env, port: planned.port });
  const group = groupOf(plan, planned);
  const { secrets, storage } = group;
  return {
    ...groupProps(plan, group, identity),
    tags: runtimeTags(plan, planned),
    args,
    env,
    port,
    cpu: group.cpu,
    memoryGiB: group.memoryGiB,
    keyVault: {
      uri: escapedSettings(plan).keyVault.uri,
      connectionToken: secrets.connectionToken,
      ...(secrets.githubToken !== undefined && { githubToken: secrets.githubToken }),
    },
    secretsRevision: [
      [SECRET_FILES.connectionToken, planned.connectionToken.revision],
      ...(planned.githubToken ? [[SECRET_FILES.githubToken, planned.githubToken.revision]] : []),
    ]
      .map((pair) => pair.join('='))
      .join(','),
    share: { name: storage.share, storageAccountName: storage.account, storageAccountKey },
  };
}

/** Who may read secrets: object ids by a key that is part of the path of the role. */
type Readers = Readonly<Record<string, string>>;

/** Who reads what of a runtime's secrets. */
export interface SecretReaders {
  /** The runtime itself, which alone reads its GitHub token. */
  readonly runtime: Readers;
  /** Who connects to it: the tenant's back ends, gateway and suite. */
  readonly token: Readers;
  /** Who opens sessions with the provider's key. */
  readonly providerKey: Readers;
}

const NOBODY: SecretReaders = { runtime: {}, token: {}, providerKey: {} };

/** Secrets of a planned runtime. */
export function secretsOf(
  plan: Plan,
  planned: RuntimePlan,
  { runtime, token, providerKey }: SecretReaders = NOBODY,
): Record<string, RuntimeSecretProps> {
  const { secrets } = groupOf(plan, planned);
  const { githubToken, provider } = planned;
  const own: Record<string, RuntimeSecretProps> = {
    [SECRET_FILES.connectionToken]: {
      name: secrets.connectionToken,
      value: { kind: 'generated', revision: planned.connectionToken.revision },
      readers: { ...runtime, ...token },
    },
  };
  if (githubToken && secrets.githubToken !== undefined) {
    own[SECRET_FILES.githubToken] = {
      name: secrets.githubToken,
      value: valueOf(githubToken),
      readers: runtime,
    };
  }
  // Clients pass the provider's key with each session. Rights on one of somebody else's are not ours to give.
  if (provider?.apiKey?.variable !== undefined && secrets.providerKey !== undefined) {
    own[SECRET_FILES.providerKey] = {
      name: secrets.providerKey,
      value: valueOf(provider.apiKey),
      readers: providerKey,
    };
  }
  return own;
}

export function valueOf({ variable, revision }: SecretSource): SecretValue {
  return variable === undefined ? { kind: 'existing' } : { kind: 'variable', variable, revision };
}

/** Keys of the provider that somebody else keeps in the vault, each once: several runtimes may name the same. */
export function foreignProviderKeys(plan: Plan): string[] {
  const names = plan.runtimes
    .filter(({ state, provider }) => state !== 'retired' && provider?.apiKey?.existingSecret)
    .map((planned) => groupOf(plan, planned).secrets.providerKey!);
  return [...new Set(names)].sort();
}

/** Expiry of secrets as Key Vault writes it. */
export function expiryOf(plan: Plan): { readonly expirationDate?: string } {
  const { secretsExpireOn } = escapedSettings(plan);
  return secretsExpireOn === undefined ? {} : { expirationDate: `${secretsExpireOn}T00:00:00Z` };
}

/** Props of the account that the shares of some runtimes are in. */
export function storageProps(
  plan: Plan,
  cell: string,
  runtimes: readonly RuntimePlan[],
  tags: Readonly<Record<string, string>>,
): SessionStorageProps {
  const settings = escapedSettings(plan);
  const { resourceGroup, location, storage } = groupOf(plan, runtimes[0]!);
  return {
    resourceGroupName: resourceGroup,
    location,
    name: storage.account,
    subnetIds: settings.runtimeSubnetIds[cell] ?? [],
    redundancy: settings.storageRedundancy,
    retention: runtimes.some(({ volume }) => volume.retention === 'retain') ? 'retain' : 'delete',
    tags: { ...commonTags(plan), ...tags },
  };
}

export function shareProps(plan: Plan, planned: RuntimePlan): SessionShareProps {
  const { sizeGiB, retention } = planned.volume;
  return {
    name: groupOf(plan, planned).storage.share,
    sizeGiB,
    retention,
    metadata: ownerMetadata(planned),
  };
}

/** Object ids of a tenant's back ends, by themselves: one more or less changes no other. */
export const principalReaders = (principals: readonly string[]): Readers =>
  Object.fromEntries(principals.map((principal) => [principal, principal]));
