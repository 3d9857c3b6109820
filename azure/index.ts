/** What is on Azure: whether it can be deployed to, what came of a deploy, how it stands. */
export { Arm, connectArm, type ArmCall, type ArmOptions } from './arm.js';
export { AzureError } from './errors.js';
