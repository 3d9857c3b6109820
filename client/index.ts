/** What the back end of an application imports. Loads no cdktf. */
export { AllowlistError, assertAllowlist } from './allowlist.js';
export { connectRuntime, RuntimeClient, type ConnectOptions } from './connect.js';
