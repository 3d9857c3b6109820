/** The embedded target: real runtimes as processes on this machine. */
export { backUp } from './backup/backup.js';
export { placesOf, type TenantPlaces } from './backup/places.js';
export { restore } from './backup/restore.js';
export { bringUp, type Deployment, type DeploymentEvent, type UpOptions } from './deployment.js';
export { RunError } from './errors.js';
export type { Launch } from './launch.js';
export { readGivenSecrets } from './secrets.js';
export { observeLocal } from './observe.js';
