/* eslint-disable no-console -- a program for the terminal */
import { once } from 'node:events';

import { startNode } from './node/index.js';

/** Keeps a single-node cluster up until Ctrl-C, to try things by hand. */
const node = await startNode((line) => console.error(line));
console.log(
  `export KUBECONFIG=${node.kubeconfig}\nexport COPILOT_RUNTIMES_IMAGE=${node.image}\nexport COPILOT_RUNTIMES_NEXT_IMAGE=${node.nextImage}`,
);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
await node.stop();
