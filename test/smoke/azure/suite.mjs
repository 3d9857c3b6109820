/**
 * Does as it is asked in a process of its own: what makes a client find the stand-in under the names of Azure are
 * variables that Node.js reads when it starts.
 */
import { connectArm } from '../../../dist/azure/index.js';
import { runSuite } from '../../../dist/smoke/suite.js';
import { azureResolver } from '../../../dist/client/index.js';
import { isStandIn } from '../../../dist/smoke/targets/azure/stand-in.js';
import { AzureTarget } from '../../../dist/smoke/targets/azure/target.js';

const arm = await connectArm();
const resolve = azureResolver({ credential: arm.credential });
const standIn = await isStandIn(arm);
let target;

const DO = {
  /** Starts anew with a manifest. */
  open: async (manifest) => void (target = new AzureTarget({ manifest, arm, resolve, standIn })),
  /** The report of a run of the suite. */
  run: async (options) => runSuite(target.options.manifest, target, options),
  /** What a method of the target gives. */
  ask: async (method, ...args) => target[method](...args),
};

process.on('message', ({ id, what, args }) => {
  DO[what](...args).then(
    (result) => process.send({ id, result }),
    (error) => process.send({ id, error: { name: error.name, message: error.message } }),
  );
});
process.send({ ready: true });
