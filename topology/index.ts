/** The model: what a topology is, what is wrong with it, and what follows from it. Pure, no I/O. */
export type {
  AzureGatewayPlan,
  AzureGroupPlan,
  AzurePlace,
  AzurePlan,
  AzureRuntimePlan,
  AzureSharePlan,
  AzureSmokePlan,
} from './azure/model.js';
export { azureGatewayPlace } from './azure/gateway.js';
export type { AzureSchedule } from './azure/schedule.js';
export type { AzureNetworkPlan, AzureSubnetPlan } from './azure/network.js';
export { planCloud, tenantsWithRuntime, type CloudPlan } from './cloud.js';
export {
  GATEWAY_CONFIG_FILE,
  GATEWAY_ENV,
  GATEWAY_NODE_FLAGS,
  GATEWAY_PORTS,
  GATEWAY_TOKEN_KEY,
  GATEWAY_TOKEN_LABELS,
  GATEWAY_VAULT_DIRECTORY,
  gatewayTokenFile,
  TOKEN_SLOTS,
  type GatewayConfig,
  type GatewayMessage,
} from './gateway-contract.js';
export {
  gatewayConfig,
  preferredSlot,
  type GatewayPlace,
  type GatewayPlan,
  type GatewayTenantPlan,
} from './gateway.js';
export * from './host-contract.js';
export { jsonSchema, type JsonSchema } from './json-schema.js';
export { parseLock, printLock, type Lock } from './lock.js';
export {
  clientTokenPlace,
  GATEWAY_FILES,
  gatewayTokenPlace,
  type ManifestGateway,
} from './manifest-gateway.js';
export { manifestChanges, type ManifestChange } from './manifest-changes.js';
export type { Endpoint, SecretPlace } from './manifest-places.js';
export {
  localFiles,
  deploymentManifestFile,
  manifestOf,
  MANIFEST_VERSION,
  manifestText,
  parseManifest,
  type Manifest,
  type ManifestRuntime,
} from './manifest.js';
export { gatewaySecrets, runtimeSecrets, type GroupExpectation, type SmokeGroup } from './manifest-azure.js';
export type { PodExpectation, Reach, SmokeJob } from './manifest-kubernetes.js';
export {
  GATEWAY_NAME,
  gatewayTokenName,
  NAME_LIMITS,
  physicalName,
  replicaRuntimeId,
  tenantRuntimeId,
  type RuntimeId,
  type TokenSlot,
} from './names.js';
export { parseTopology } from './parse.js';
export { placementOf, tenantsOf, type Placement } from './placement.js';
export { lockOf, planTopology, type CellPlan, type Plan, type Route } from './plan.js';
export type { RuntimePlan } from './runtime-plan.js';
export { printTopology } from './print.js';
export { formatProblem, InputError, quote, type Problem } from './problems.js';
export { reconcileLock, type LockResult } from './reconcile.js';
export { topologyReference } from './reference.js';
export type { Platform, Tenant, Topology } from './schema/index.js';
export type { Warning } from './warning.js';
