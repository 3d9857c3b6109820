import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

import type { Plan } from '../../topology/plan.js';
import type { RuntimePlan } from '../../topology/runtime-plan.js';

import { cellTags } from './owner.js';
import { runtimeTags, shareProps, storageProps } from './plan-props.js';
import { SessionStorage } from './session-storage.js';

/** The account of a stack, with the shares of its runtimes by a key. */
export function cellStorage(
  scope: Construct,
  plan: Plan,
  cell: string,
  runtimes: ReadonlyMap<string, RuntimePlan>,
  after: readonly ITerraformDependable[],
): SessionStorage {
  const props = storageProps(plan, cell, [...runtimes.values()], cellTags(cell));
  const storage = new SessionStorage(scope, 'Storage', props, after);
  for (const [key, runtime] of runtimes) storage.addShare(key, shareProps(plan, runtime));
  return storage;
}

/** An account of one tenant alone, with its share. */
export function tenantStorage(
  scope: Construct,
  plan: Plan,
  planned: RuntimePlan,
  after: readonly ITerraformDependable[],
): SessionStorage {
  const props = storageProps(plan, planned.cell, [planned], runtimeTags(plan, planned));
  const storage = new SessionStorage(scope, 'Storage', props, after);
  storage.addShare(planned.tenant!, shareProps(plan, planned));
  return storage;
}
