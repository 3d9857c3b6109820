import type { AzurePlan } from './azure/model.js';
import { planAzure } from './azure/plan.js';
import { azureWarnings } from './azure/warnings.js';
import { planCloud, tenantsWithRuntime, usesCloud, type CloudPlan } from './cloud.js';
import { planGateway, type GatewayPlan } from './gateway.js';
import { planKubernetes, type KubernetesPlan } from './kubernetes.js';
import type { Lock } from './lock.js';
import { BASE_CELL, SHARED_STATE, tenantRuntimeId, type RuntimeId } from './names.js';
import { placementOf, tenantsOf } from './placement.js';
import { keptRuntime, replicaRuntime, tenantRuntime } from './plan-runtimes.js';
import type { RuntimePlan } from './runtime-plan.js';
import type { Pattern, Platform, Topology } from './schema/index.js';
import type { Warning } from './warning.js';
import { findWarnings } from './warnings.js';

/** Where a tenant's sessions run. */
export type Route =
  | { readonly to: 'runtime'; readonly runtime: RuntimeId }
  | { readonly to: 'pool' }
  | { readonly to: 'nowhere'; readonly state: 'suspended' | 'retired' };

export interface CellPlan {
  readonly id: string;
  readonly runtimes: readonly RuntimeId[];
}

/** The pure result of reading a topology: what every platform builds and what the smoke suite expects. */
export interface Plan {
  readonly name: string;
  readonly platform: Platform;
  readonly pattern: Pattern;
  /** Sorted by id. */
  readonly runtimes: readonly RuntimePlan[];
  readonly routes: Readonly<Record<string, Route>>;
  /** Active tenants whose heavy work may go to cloud sessions, beside their route. */
  readonly cloud: Readonly<Record<string, CloudPlan>>;
  readonly cells: readonly CellPlan[];
  readonly purge: readonly string[];
  /** With a pool only. */
  readonly gateway?: GatewayPlan;
  /** With platform kubernetes only. */
  readonly kubernetes?: KubernetesPlan;
  /** With platform azure only. */
  readonly azure?: AzurePlan;
  readonly accept: Topology['smoke']['accept'];
  readonly warnings: readonly Warning[];
}

/**
 * Plans a topology. Deterministic; adding or removing one tenant changes nothing of any other.
 *
 * @param lock what was planned before; volumes of tenants that have since moved into the pool are kept
 */
export function planTopology(topology: Topology, lock?: Lock): Plan {
  const dedicated = tenantsWithRuntime(topology).map(([id]) => tenantRuntime(topology, id));
  const kept = tenantsOf(topology, 'pool').flatMap(([id]) => {
    const entry = lock?.tenants[id];
    if (!entry?.volume || usesCloud(topology, id)) return [];
    return [keptRuntime(topology, id, entry.volume, entry.cell)];
  });
  const replicas = Array.from({ length: topology.pool?.replicas ?? 0 }, (_, n) =>
    replicaRuntime(topology, n),
  );
  const runtimes = [...dedicated, ...kept, ...replicas].sort(byId);

  // A cell without tenants still has a stack: only a deploy of it deletes what was purged from it.
  const gateway = planGateway(topology);
  const cells = [
    ...new Set([
      ...runtimes.map((runtime) => runtime.cell),
      ...Object.keys(topology.cells),
      ...(lock?.cells ?? []),
    ]),
  ].sort();
  const azure =
    topology.platform === 'azure'
      ? planAzure(topology, runtimes, gateway, [...new Set([BASE_CELL, ...cells])])
      : undefined;
  return {
    name: topology.name,
    platform: topology.platform,
    pattern: topology.pattern,
    runtimes,
    routes: Object.fromEntries(
      Object.keys(topology.tenants)
        .sort()
        .map((id) => [id, route(topology, id)]),
    ),
    cloud: planCloud(topology),
    cells: cells.map((id) => ({
      id,
      runtimes: runtimes.filter((runtime) => runtime.cell === id).map((runtime) => runtime.id),
    })),
    purge: topology.purge,
    ...(gateway && { gateway }),
    ...(topology.platform === 'kubernetes' && { kubernetes: planKubernetes(topology) }),
    ...(azure && { azure }),
    accept: topology.smoke.accept,
    warnings: [...findWarnings(topology), ...(azure ? azureWarnings({ azure, runtimes }) : [])],
  };
}

/** Key of the shared volume in the lock. */
const SHARED_KEY = SHARED_STATE.slice(SHARED_STATE.indexOf('/') + 1);

/** Cells that have a stack, that of what is shared first. */
export function stackCells({ cells }: Plan): string[] {
  return [BASE_CELL, ...cells.map(({ id }) => id).filter((id) => id !== BASE_CELL)];
}

/** What the lock of this plan must say. */
export function lockOf(topology: Topology, plan: Plan): Lock {
  const volumes = new Map(plan.runtimes.map((runtime) => [runtime.id, runtime]));
  const locked = (runtime: RuntimePlan) => {
    const { sizeGiB, class: storageClass, accessMode } = runtime.volume;
    const share = plan.azure?.runtimes[runtime.id]?.storage.id;
    return { volume: { sizeGiB, class: storageClass, accessMode, ...(share !== undefined && { share }) } };
  };
  return {
    lockVersion: 1,
    topology: plan.name,
    platform: plan.platform,
    cells: plan.cells.map(({ id }) => id).filter((id) => id !== BASE_CELL),
    tenants: Object.fromEntries(
      Object.keys(topology.tenants).map((id) => {
        const runtime = volumes.get(tenantRuntimeId(id));
        if (!runtime) return [id, {}];
        return [id, { cell: runtime.cell, namespace: runtime.namespace, ...locked(runtime) }];
      }),
    ),
    pool: Object.fromEntries(
      plan.runtimes
        .filter((runtime) => runtime.replica !== undefined)
        .map((runtime) => [runtime.sharedState ? SHARED_KEY : String(runtime.replica), locked(runtime)]),
    ),
  };
}

/** Replicas by number, then tenants by code unit: the same on every machine, whatever its language. */
function byId(a: RuntimePlan, b: RuntimePlan): number {
  if (a.replica !== undefined && b.replica !== undefined) return a.replica - b.replica;
  return a.id < b.id ? -1 : 1;
}

function route(topology: Topology, id: string): Route {
  const tenant = topology.tenants[id]!;
  if (tenant.state !== 'active') return { to: 'nowhere', state: tenant.state };
  return placementOf(topology, tenant) === 'pool'
    ? { to: 'pool' }
    : { to: 'runtime', runtime: tenantRuntimeId(id) };
}
