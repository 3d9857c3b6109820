/** What is on Azure: whether it can be deployed to, what came of a deploy, how it stands. */
export { Arm, connectArm, type ArmCall, type ArmOptions } from './arm.js';
export { AzureError } from './errors.js';
export { observe } from './observe.js';
export { awaitRollout, ROLLOUT_SECONDS, type AzureRolloutOptions } from './rollout.js';
export { subjectsOf, type Subject } from './subjects.js';
export {
  preflight,
  type AzurePreflightOptions,
  type AzurePreflightReport,
  type TerraformAddress,
} from './preflight/index.js';
