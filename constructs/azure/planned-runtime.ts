import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity/index.js';
import type { ITerraformDependable, TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';

import type { AzureGroupPlan } from '../../topology/azure/model.js';
import type { Plan } from '../../topology/plan.js';
import type { RuntimePlan } from '../../topology/runtime-plan.js';

import type { Tags } from './cross-cutting.js';
import { escapedSettings, expiryOf, groupOf, runtimeProps, runtimeTags, secretsOf } from './plan-props.js';
import { PrivateName } from './private-name.js';
import { RuntimeSecrets } from './runtime-secrets.js';
import { Runtime } from './runtime.js';
import type { SessionStorage } from './session-storage.js';

/** Providers of subscriptions other than that of the stack, where a plan needs them. */
export interface Providers {
  /** Of the vault. @default - that of the stack */
  readonly vault?: TerraformProvider;
  /** Of the DNS zone. @default - that of the stack */
  readonly zone?: TerraformProvider;
  /** Of what all stacks share. @default - that of the stack */
  readonly base?: TerraformProvider;
}

export interface PlannedRuntimeProps {
  readonly plan: Plan;
  readonly planned: RuntimePlan;
  /** Where its share is, and the id of the share there. */
  readonly storage: SessionStorage;
  readonly share: string;
  /** Object ids of who connects to it, by a key of yours. */
  readonly clients: Readonly<Record<string, string>>;
  /** Object id of the gateway before it. @default - there is none */
  readonly gateway?: string;
  readonly providers: Providers;
}

/** A user-assigned identity for one container group. */
export function groupIdentity(scope: Construct, group: AzureGroupPlan, tags: Tags): UserAssignedIdentity {
  return new UserAssignedIdentity(scope, 'Identity', {
    name: group.identity,
    resourceGroupName: group.resourceGroup,
    location: group.location,
    tags: { ...tags },
  });
}

/** The name of a group of a plan, and the right of its identity to write it. */
export function groupName(
  scope: Construct,
  plan: Plan,
  { record: name }: AzureGroupPlan,
  { principalId }: UserAssignedIdentity,
  { zone: provider }: Providers,
  tags: Tags,
  after: readonly ITerraformDependable[],
): PrivateName {
  const { zone } = escapedSettings(plan);
  const props = { zoneId: zone.id, name, principalId, tags };
  return new PrivateName(scope, 'Name', { ...props, ...(provider && { provider }) }, after);
}

/**
 * A runtime of a plan with what is its alone: identity, secrets and name. Suspended, it has no group; retired, it has
 * nothing but its secrets, and its share, which the storage has.
 */
export class PlannedRuntime extends Construct {
  /** Undefined unless active. */
  readonly runtime?: Runtime;
  readonly secrets: RuntimeSecrets;

  /** @param after what must be there before anything of it is of use: network and zone, where the stack makes them */
  constructor(
    scope: Construct,
    id: string,
    { plan, planned, storage, share, clients, gateway, providers }: PlannedRuntimeProps,
    after: readonly ITerraformDependable[],
  ) {
    super(scope, id);
    const group = groupOf(plan, planned);
    const tags = runtimeTags(plan, planned);
    const retired = planned.state === 'retired';
    const identity = retired ? undefined : groupIdentity(this, group, tags);
    this.secrets = new RuntimeSecrets(this, 'Secrets', {
      keyVaultId: escapedSettings(plan).keyVault.id,
      secrets: secretsOf(
        plan,
        planned,
        identity && {
          runtime: { runtime: identity.principalId },
          token: { ...clients, ...(gateway !== undefined && { gateway }) },
          providerKey: clients,
        },
      ),
      ...expiryOf(plan),
      ...(providers.vault && { provider: providers.vault }),
      tags,
    });
    if (!identity) return;
    const name = groupName(this, plan, group, identity, providers, tags, after);
    if (planned.state !== 'active') return;
    this.runtime = new Runtime(
      this,
      'Runtime',
      runtimeProps(plan, planned, identity, storage.resource.primaryAccessKey),
      [...after, identity, storage.shares.get(share)!, ...this.secrets.ready, ...name.ready],
    );
  }
}
