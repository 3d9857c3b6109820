/**
 * Runs checks as they are asked for, in a process of its own: what makes a client find the stand-in under the names of
 * Azure are variables that Node.js reads when it starts.
 */
import { connectArm } from '../../../dist/azure/index.js';
import { AzureTarget } from '../../../dist/smoke/targets/azure/target.js';
import { azureResolver } from '../../../dist/smoke/targets/azure/resolve.js';
import { isStandIn } from '../../../dist/smoke/targets/azure/stand-in.js';
import { runSuite } from '../../../dist/smoke/suite.js';

const arm = await connectArm();
const resolve = azureResolver({ credential: arm.credential });
const standIn = await isStandIn(arm);

process.on('message', ({ manifest, options }) => {
  runSuite(manifest, new AzureTarget({ manifest, arm, resolve, standIn }), options).then(
    (report) => process.send({ report }),
    (error) => process.send({ error: String(error) }),
  );
});
process.send({ ready: true });
