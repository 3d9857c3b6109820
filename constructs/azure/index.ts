/** Constructs for a CDKTF app of your own. */
export { escapeTemplate, escapeTemplates } from '../common/escape.js';
export { RandomProvider } from '../common/ephemeral.js';
export { PropsError } from '../common/validation.js';
export { runtimeArguments } from '../../topology/process.js';
export type {
  DiagnosticSettingsProps,
  LockProps,
  ManagedIdentitiesProps,
  RoleAssignmentProps,
} from './cross-cutting.js';
export { Gateway } from './gateway.js';
export type { GatewayProps, GatewayTenantProps } from './gateway-props.js';
export { PrivateName, type PrivateNameProps } from './private-name.js';
export { PrivateZone, type PrivateZoneProps } from './private-zone.js';
export { Runtime } from './runtime.js';
export { RuntimeNetwork, type DelegatedSubnet, type RuntimeNetworkProps } from './runtime-network.js';
export type { RuntimeProps } from './runtime-props.js';
export {
  RuntimeSecrets,
  type RuntimeSecretProps,
  type RuntimeSecretsProps,
  type SecretValue,
} from './runtime-secrets.js';
export { SessionStorage, type SessionShareProps, type SessionStorageProps } from './session-storage.js';
export { SmokeIdentity, type SmokeIdentityProps } from './smoke-identity.js';
export {
  HybridTopology,
  IsolatedTopology,
  SharedTopology,
  type IsolatedTopologyProps,
  type TopologyProps,
} from './topologies.js';
