import { DataAzurermUserAssignedIdentity } from '@cdktf/provider-azurerm/lib/data-azurerm-user-assigned-identity/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import type { Plan } from '../../topology/plan.js';

import { cellStorage, tenantStorage } from './cell-storage.js';
import { escapedSettings, principalReaders } from './plan-props.js';
import { PlannedPool } from './planned-pool.js';
import { PlannedRuntime, type Providers } from './planned-runtime.js';
import type { Runtime } from './runtime.js';
import { SharedParts } from './shared-parts.js';

export interface TopologyProps {
  /** By `planTopology(parseTopology(text))`. */
  readonly plan: Plan;
  /** Where vault, zone or base are in another subscription than that of the stack. @default - nowhere */
  readonly providers?: Providers;
}

export interface IsolatedTopologyProps extends TopologyProps {
  /** Only the tenants of this cell. @default - all cells */
  readonly cell?: string;
  /** Object id of the smoke suite's identity. @default - it is looked up, where the plan has one */
  readonly smokePrincipalId?: string;
  /** What must be there before, such as network and zone of the same stack. @default - nothing */
  readonly after?: readonly ITerraformDependable[];
}

/** A dedicated runtime for each tenant of a plan, with its identity, secrets, share and name. Paths are keyed by tenant. */
export class IsolatedTopology extends Construct {
  /** Of the active tenants. */
  readonly runtimes: ReadonlyMap<string, Runtime>;

  constructor(scope: Construct, id: string, props: IsolatedTopologyProps) {
    super(scope, id);
    const { plan, cell: only, providers = {}, after = [] } = props;
    const dedicated = plan.runtimes.filter(
      ({ tenant, cell }) => tenant !== undefined && (only === undefined || cell === only),
    );
    const smoke = smokeReaders(this, plan, dedicated.length > 0, props);
    const perTenant = escapedSettings(plan).storageAccountPer === 'tenant';
    const runtimes = new Map<string, Runtime>();
    for (const cell of new Set(dedicated.map((planned) => planned.cell))) {
      const tenants = new Map(
        dedicated.filter((planned) => planned.cell === cell).map((planned) => [planned.tenant!, planned]),
      );
      // Several cells in one stack, as an app of one's own may have them, have an account each.
      const place = only === undefined ? new Construct(this, `cell-${cell}`) : this;
      const shared = perTenant ? undefined : cellStorage(place, plan, cell, tenants, after);
      for (const [tenant, planned] of tenants) {
        const own = new Construct(place, tenant);
        const storage = shared ?? tenantStorage(own, plan, planned, after);
        const clients = { ...smoke, ...principalReaders(planned.principals) };
        const { runtime } = new PlannedRuntime(
          own,
          'Runtime',
          { plan, planned, storage, share: tenant, clients, providers },
          after,
        );
        if (runtime) runtimes.set(tenant, runtime);
      }
    }
    this.runtimes = runtimes;
  }
}

/** Who the smoke suite is, as a reader of tokens; nobody where the topology does not opt in. */
function smokeReaders(
  scope: Construct,
  plan: Plan,
  needed: boolean,
  { smokePrincipalId, providers }: IsolatedTopologyProps,
): Readonly<Record<string, string>> {
  const { smoke } = escapedSettings(plan);
  if (!smoke || !needed) return {};
  if (smokePrincipalId !== undefined) return { smoke: smokePrincipalId };
  const found = new DataAzurermUserAssignedIdentity(scope, 'Smoke', {
    name: smoke.identity,
    resourceGroupName: smoke.resourceGroup,
    ...(providers?.base && { provider: providers.base }),
  });
  return { smoke: found.principalId };
}

/** What all stacks of a plan share, and its pool; nothing where the plan has neither. */
export class SharedTopology extends Construct {
  readonly parts: SharedParts;
  readonly pool?: PlannedPool;

  constructor(scope: Construct, id: string, { plan, providers = {} }: TopologyProps) {
    super(scope, id);
    this.parts = new SharedParts(this, 'Parts', plan, providers);
    const { smokePrincipalId: smoke, ready } = this.parts;
    if (!plan.runtimes.some(({ replica }) => replica !== undefined)) return;
    this.pool = new PlannedPool(this, 'Pool', {
      plan,
      providers,
      readers: smoke === undefined ? {} : { smoke },
      after: ready,
    });
  }
}

/** Dedicated runtimes and the pool of a plan, in one stack. The kit's own stacks keep them apart. */
export class HybridTopology extends Construct {
  readonly dedicated: IsolatedTopology;
  readonly shared: SharedTopology;

  constructor(scope: Construct, id: string, props: TopologyProps & { readonly cell?: string }) {
    super(scope, id);
    this.shared = new SharedTopology(this, 'Shared', props);
    const { smokePrincipalId, ready } = this.shared.parts;
    this.dedicated = new IsolatedTopology(this, 'Dedicated', {
      ...props,
      ...(smokePrincipalId !== undefined && { smokePrincipalId }),
      after: ready,
    });
  }
}
