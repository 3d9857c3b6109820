/** The model: what a topology is, what is wrong with it, and what follows from it. Pure, no I/O. */
export * from './host-contract.js';
export { jsonSchema, type JsonSchema } from './json-schema.js';
export { parseLock, printLock, type Lock } from './lock.js';
export {
  localFiles,
  manifestOf,
  MANIFEST_VERSION,
  parseManifest,
  type Manifest,
  type ManifestRuntime,
  type SecretPlace,
} from './manifest.js';
export type { PodExpectation, Reach, SmokeJob } from './manifest-kubernetes.js';
export { NAME_LIMITS, physicalName, replicaRuntimeId, tenantRuntimeId, type RuntimeId } from './names.js';
export { parseTopology } from './parse.js';
export { placementOf, tenantsOf, type Placement } from './placement.js';
export { lockOf, planTopology, type CellPlan, type Plan, type Route, type RuntimePlan } from './plan.js';
export { printTopology } from './print.js';
export { formatProblem, InputError, quote, type Problem } from './problems.js';
export { reconcileLock, type LockResult } from './reconcile.js';
export { topologyReference } from './reference.js';
export type { Platform, Tenant, Topology } from './schema/index.js';
export type { Warning } from './warnings.js';
