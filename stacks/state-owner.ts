import type { Plan, Topology } from '../topology/index.js';
import { poolNamespace, tenantNamespace } from '../topology/placement.js';

import { namespacesOf, type GuardedState } from './guarded-state.js';
import { NO_ID } from './owner-labels.js';
import type { ResourceChange } from './terraform-plan.js';

/** Owner of what all replicas share. No id, for a tenant may be called `pool`. */
export const POOL = 'pool/*';

/** Whose a thing is (a tenant's id, `pool/<n>`, `cell/<id>` or {@link POOL}), or why that cannot be told. */
export interface Ownership {
  readonly owner: string;
  readonly doubt?: string;
}

export interface Owners {
  of(state: GuardedState): Ownership;
  /** Whether a namespace is one of the topology, those of what it purges included. */
  knows(namespace: string): boolean;
  namespacesOf(change: ResourceChange): string[];
}

/** Tells owners by label and by namespace, which must not contradict each other. */
export function ownersOf(topology: Topology, plan: Plan): Owners {
  const byNamespace = new Map<string, string>([[poolNamespace(topology), POOL]]);
  const tenants = [
    ...Object.keys(topology.tenants),
    ...topology.purge.filter((item) => !item.startsWith('pool/')),
  ];
  for (const tenant of tenants) byNamespace.set(tenantNamespace(topology, tenant), tenant);
  for (const { tenant, namespace } of plan.runtimes) byNamespace.set(namespace, tenant ?? POOL);
  /** A tenant that the topology has lost still has the namespace that its id stands for. */
  const formerly = (namespace: string, label = '') =>
    tenantNamespace(topology, label) === namespace ? label : undefined;
  const doubtful = (doubt: string): Ownership => ({ owner: '', doubt });

  return {
    knows: (namespace) => byNamespace.has(namespace),
    namespacesOf,
    of({ what, labelled, holds, within, topology: named }) {
      if (named !== undefined && named !== topology.name) return doubtful(`its tags say topology ${named}`);
      if (labelled.length > 1) return doubtful(`its labels contradict each other (${labelled.join(', ')})`);
      const [label] = labelled;
      if (label?.startsWith(NO_ID)) return doubtful(`its ${label} is no id`);
      const place = [holds, within].find((container) => container?.kind === 'namespace')?.name;
      const neighbour = place === undefined ? undefined : (byNamespace.get(place) ?? formerly(place, label));
      // We make no namespace with another name, whatever its labels say.
      if (what === 'Namespace' && neighbour === undefined)
        return doubtful('its name is none of this topology');
      if (neighbour === undefined || neighbour === label) {
        return label === undefined ? doubtful('nothing says whose it is') : { owner: label };
      }
      if (neighbour === POOL) {
        if (label?.startsWith('pool/')) return { owner: what === 'Namespace' ? POOL : label };
        if (label === undefined && what === 'Namespace') return { owner: POOL };
      }
      if (label === undefined && neighbour !== POOL) return { owner: neighbour };
      return doubtful(
        label === undefined
          ? 'nothing says which replica it is of'
          : `its label says ${label}, its namespace ${neighbour}`,
      );
    },
  };
}
