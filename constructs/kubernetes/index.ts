/** Constructs for a CDKTF app of your own. */
export { escapeTemplate, escapeTemplates } from '../common/escape.js';
export { RandomProvider } from '../common/ephemeral.js';
export { runtimeArguments } from '../../topology/process.js';
export { Gateway } from './gateway.js';
export type { GatewayProps, GatewayTenantProps } from './gateway-props.js';
export { Monitoring, SCRAPE_ANNOTATIONS, type MonitoringProps } from './monitoring.js';
export { RuntimePool, type RuntimePoolProps } from './runtime-pool.js';
export { Runtime } from './runtime.js';
export type { RuntimeProps } from './runtime-props.js';
export {
  SmokeAccess,
  SmokeIdentity,
  type SmokeAccessProps,
  type SmokeIdentityProps,
  type SmokeSubjects,
} from './smoke-identity.js';
export { TenantEnvelope, type TenantClient, type TenantEnvelopeProps } from './tenant-envelope.js';
export { HybridTopology, IsolatedTopology, SharedTopology, type TopologyProps } from './topologies.js';
export { PropsError } from '../common/validation.js';
