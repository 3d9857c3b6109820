import type { V1Namespace } from '@kubernetes/client-node';

import type { Finding } from '../../diagnosis/index.js';
import type { Plan, RuntimePlan } from '../../topology/index.js';
import type { KubernetesPlan } from '../../topology/kubernetes.js';
import type { Cluster } from '../connection.js';

/** What the checks look at. */
export interface PreflightContext {
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly settings: KubernetesPlan;
  /** Namespaces of the plan that exist, by name; null for one that may exist but may not be looked at. */
  readonly namespaces: ReadonlyMap<string, V1Namespace | null>;
}

/** One thing to look at on a cluster that answers. */
export type PreflightCheck = (context: PreflightContext) => Promise<readonly Finding[]>;

/** Runtimes whose workload the deploy brings: a retired one keeps what it has. */
export const deployed = ({ plan }: Pick<PreflightContext, 'plan'>): readonly RuntimePlan[] =>
  plan.runtimes.filter(({ state }) => state !== 'retired');

/** Runtimes by the namespace that they live in. */
export function byNamespace(runtimes: readonly RuntimePlan[]): Map<string, RuntimePlan[]> {
  const grouped = new Map<string, RuntimePlan[]>();
  for (const runtime of runtimes) {
    const others = grouped.get(runtime.namespace);
    if (others) others.push(runtime);
    else grouped.set(runtime.namespace, [runtime]);
  }
  return grouped;
}
