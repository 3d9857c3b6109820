import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider/index.js';
import { TerraformStack, type App } from 'cdktf';
import type { Construct } from 'constructs';

import { escapedSettings } from '../constructs/azure/plan-props.js';
import type { Providers } from '../constructs/azure/planned-runtime.js';
import { IsolatedTopology, SharedTopology } from '../constructs/azure/topologies.js';
import { RandomProvider } from '../constructs/common/ephemeral.js';
import { BASE_CELL } from '../topology/names.js';
import { stackCells, type Plan } from '../topology/plan.js';

import { useBackend } from './backend.js';
import { REQUIRED_VERSION } from './required-version.js';

/** The stacks of a plan for Azure: one of what is shared, and one per cell. */
export function buildAzureStacks(app: App, plan: Plan): AzureStack[] {
  const { network, smoke } = escapedSettings(plan);
  const [base, ...cells] = stackCells(plan).map((cell) => new AzureStack(app, plan, cell));
  // They live in that network, or open their tokens to that identity: cdktf deploys it first.
  if (network ?? smoke) for (const cell of cells) cell.addDependency(base!);
  return [base!, ...cells];
}

/** The stack of a cell: `<name>-base` with what all share and the pool, or `<name>-<cell>` with the cell's tenants. */
export class AzureStack extends TerraformStack {
  constructor(scope: Construct, plan: Plan, cell: string) {
    const name = `${plan.name}-${cell}`;
    super(scope, name);
    const { backend, places, keyVault, zone } = escapedSettings(plan);
    useBackend(this, name, backend);
    this.addOverride('terraform.required_version', REQUIRED_VERSION);

    const own = places[cell]?.subscriptionId ?? subscriptionOf(keyVault.id);
    azurerm(this, 'azurerm', own);
    const others = new Map<string, AzurermProvider>();
    /** Terraform has one provider per subscription. */
    const provider = (subscriptionId: string) => {
      if (subscriptionId === own) return undefined;
      const existing = others.get(subscriptionId);
      if (existing) return existing;
      const alias = `subscription-${others.size + 1}`;
      const made = azurerm(this, alias, subscriptionId, alias);
      others.set(subscriptionId, made);
      return made;
    };
    new RandomProvider(this, 'random');
    // Qualified, so that OpenTofu and mirrors find the same providers.
    this.addOverride('terraform.required_providers.azurerm.source', 'hashicorp/azurerm');

    const [vault, names] = [keyVault.id, zone.id].map((id) => provider(subscriptionOf(id)));
    const base = provider(places[BASE_CELL]?.subscriptionId ?? own);
    const providers: Providers = {
      ...(vault && { vault }),
      ...(names && { zone: names }),
      ...(base && { base }),
    };
    if (cell === BASE_CELL) new SharedTopology(this, 'Shared', { plan, providers });
    else new IsolatedTopology(this, 'Dedicated', { plan, cell, providers });
  }

  // No stack refers to another one, and the default would resolve every element a second time to find that out.
  override prepareStack(): void {
    this.ensureBackendExists();
  }
}

function subscriptionOf(resourceId: string): string {
  return resourceId.split('/')[2] ?? '';
}

function azurerm(stack: TerraformStack, id: string, subscriptionId: string, alias?: string): AzurermProvider {
  return new AzurermProvider(stack, id, {
    subscriptionId,
    ...(alias !== undefined && { alias }),
    // Registering is for the owner of the subscription, and takes minutes.
    resourceProviderRegistrations: 'none',
    features: [
      {
        // A secret that comes back with its name is the one that was deleted: a purge is somebody's decision.
        keyVault: [{ purgeSoftDeletedSecretsOnDestroy: false, recoverSoftDeletedSecrets: true }],
        // Shares go through Resource Manager: whoever deploys need not reach the accounts, which are shut.
        storage: [{ dataPlaneAvailable: false }],
        resourceGroup: [{ preventDeletionIfContainsResources: true }],
      },
    ],
  });
}
