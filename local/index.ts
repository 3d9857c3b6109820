/** The embedded target: real runtimes as processes on this machine. */
export { bringUp, type Deployment, type DeploymentEvent, type UpOptions } from './deployment.js';
export { RunError } from './errors.js';
export type { Launch } from './launch.js';
export { readGivenSecrets } from './secrets.js';
export { observeLocal } from './observe.js';
