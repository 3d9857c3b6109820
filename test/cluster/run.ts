/* eslint-disable no-console -- a program for the terminal */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { terraformHasProviders } from './harness/terraform-deployer.js';
import { startNode, type SingleNode } from './node/index.js';
import { interruption } from './node/interruption.js';

/** Runs the tests that need a cluster: on the one that KUBECONFIG names, or on one that comes and goes with the run. */
const {
  KUBECONFIG: given,
  COPILOT_RUNTIMES_IMAGE: image,
  COPILOT_RUNTIMES_NEXT_IMAGE: nextImage,
} = process.env;
if (given && (!image || !nextImage)) {
  console.error(
    'error COPILOT_RUNTIMES_IMAGE and COPILOT_RUNTIMES_NEXT_IMAGE are not set: name an image of services/Dockerfile that the cluster can pull, and another one or the same by another name',
  );
  process.exit(2);
}
const interrupted = interruption();
let node: SingleNode | undefined;
try {
  if (!given) node = await startNode((line) => console.log(line), interrupted);
  const deployer = (await terraformHasProviders())
    ? 'terraform'
    : 'rendered manifests and server-side apply, since "terraform init" finds no providers';
  console.log(`cluster: ${given ? `the one of ${given}` : 'a node of its own'}; deployed by ${deployer}`);
  interrupted.throwIfAborted();
  process.exitCode = await runTests();
} catch (error) {
  console.error(`error ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await node?.stop();
}

/** @returns exit code of jest, which gets Ctrl-C by itself */
async function runTests(): Promise<number> {
  const jest = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const child = spawn(
    process.execPath,
    [...jest, '--config', 'test/cluster/jest.config.mjs', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: {
        ...process.env,
        KUBECONFIG: given ?? node?.kubeconfig,
        COPILOT_RUNTIMES_IMAGE: image ?? node?.image,
        COPILOT_RUNTIMES_NEXT_IMAGE: nextImage ?? node?.nextImage,
      },
    },
  );
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
