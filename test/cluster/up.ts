/* eslint-disable no-console -- a program for the terminal */
import { once } from 'node:events';

import { startNode } from './node/index.js';
import { interruption } from './node/interruption.js';

/** Keeps a single-node cluster up until Ctrl-C, to try things by hand. */
const interrupted = interruption();
try {
  const node = await startNode((line) => console.error(line), interrupted);
  console.log(
    `export KUBECONFIG=${node.kubeconfig}\nexport COPILOT_RUNTIMES_IMAGE=${node.image}\nexport COPILOT_RUNTIMES_NEXT_IMAGE=${node.nextImage}`,
  );
  if (!interrupted.aborted) await once(interrupted, 'abort');
  await node.stop();
} catch (error) {
  console.error(`error ${(error as Error).message}`);
  process.exitCode = 1;
}
