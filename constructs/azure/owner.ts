import {
  CELL_LABEL,
  MANAGED_BY,
  metadataName,
  RUNTIME_LABEL,
  tagName,
  TENANT_LABEL,
  TOPOLOGY_LABEL,
} from '../../topology/labels.js';
import { SHARED_STATE } from '../../topology/names.js';
import type { RuntimePlan } from '../../topology/runtime-plan.js';

type Owned = Pick<RuntimePlan, 'id' | 'tenant' | 'sharedState'>;

/** Tags of everything of a topology. */
export function topologyTags(name: string): Record<string, string> {
  return { 'managed-by': Object.values(MANAGED_BY).join(), [tagName(TOPOLOGY_LABEL)]: name };
}

/** Tags of what all tenants of a cell have. */
export function cellTags(cell: string): Record<string, string> {
  return { [tagName(CELL_LABEL)]: cell };
}

/** Whose a resource is; a plan checker tells one tenant's storage from another's by it. */
export function ownerTags({ id, tenant }: Owned): Record<string, string> {
  return {
    [tagName(RUNTIME_LABEL)]: id.replace('/', '.'),
    ...(tenant !== undefined && { [tagName(TENANT_LABEL)]: tenant }),
  };
}

/** {@link ownerTags} of a file share, which has metadata instead. */
export function ownerMetadata(planned: Owned): Record<string, string> {
  const { tenant } = planned;
  const id = planned.sharedState ? SHARED_STATE : planned.id;
  return {
    [metadataName(RUNTIME_LABEL)]: id.replace('/', '.'),
    ...(tenant !== undefined && { [metadataName(TENANT_LABEL)]: tenant }),
  };
}
