import { MANAGED_BY, RUNTIME_LABEL, TENANT_LABEL } from '../../topology/labels.js';
import { SHARED_STATE } from '../../topology/names.js';
import type { RuntimePlan } from '../../topology/plan.js';

type Owned = Pick<RuntimePlan, 'id' | 'tenant' | 'sharedState'>;

/** Tags have no slash in their names. */
const tagName = (label: string) => label.replace('/', '-');

/** What says of every resource that the kit made it. */
export const KIT_TAGS: Readonly<Record<string, string>> = {
  'managed-by': Object.values(MANAGED_BY).join(),
};

/** Which stack an account is of that holds the shares of many. */
export const CELL_TAG = 'copilot-runtimes-cell';

/** Whose a resource is; a plan checker tells one tenant's storage from another's by it. */
export function ownerTags({ id, tenant }: Owned): Record<string, string> {
  return {
    [tagName(RUNTIME_LABEL)]: id.replace('/', '.'),
    ...(tenant !== undefined && { [tagName(TENANT_LABEL)]: tenant }),
  };
}

/** {@link ownerTags} of a file share, which has metadata instead, with names as of variables. */
export function ownerMetadata(planned: Owned): Record<string, string> {
  const { tenant } = planned;
  const id = planned.sharedState ? SHARED_STATE : planned.id;
  return {
    [metadataName(RUNTIME_LABEL)]: id.replace('/', '.'),
    ...(tenant !== undefined && { [metadataName(TENANT_LABEL)]: tenant }),
  };
}

const metadataName = (label: string) => label.replace(/[^a-z]/g, '_');
