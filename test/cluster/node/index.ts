import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { installAddons } from './addons.js';
import { startControlPlane } from './control-plane.js';
import { ImageBuilder } from './images.js';
import { layoutOf, prepareLayout, ROOT } from './layout.js';
import { Start } from './start.js';
import { takeDown } from './teardown.js';
import { prepareNetwork, startContainerd, startNodeAgents } from './worker.js';

export interface SingleNode {
  readonly kubeconfig: string;
  readonly image: string;
  /** The same image by another name. */
  readonly nextImage: string;
  stop(): Promise<void>;
}

/**
 * Brings a Kubernetes cluster of one node up on this machine. Needs Linux, root and `test/cluster/install.sh`.
 *
 * @param signal ends a start that is under way, with all of it that runs by then
 * @throws Error of what went wrong, or the reason of the signal; nothing runs any more then
 */
export async function startNode(say: (line: string) => void, signal: AbortSignal): Promise<SingleNode> {
  const layout = layoutOf(ROOT);
  const start = new Start(layout, signal);
  // What a run that was killed has left.
  await takeDown(layout, []);
  prepareLayout(layout);
  const stop = () => takeDown(layout, start.started);
  try {
    await start.run('bash', ['test/cluster/install.sh'], { cwd: ROOT, timeoutMs: 1_800_000 });
    await prepareNetwork(start);
    say('starting the control plane');
    await startControlPlane(start);
    await startContainerd(start);
    const builder = new ImageBuilder(start);
    say('building the images');
    await builder.load(await builder.addons());
    await startNodeAgents(start);
    await installAddons(start);
    const image = await builder.runtime('localhost/copilot-runtimes:test');
    await builder.load(image);
    const nextImage = 'localhost/copilot-runtimes:next';
    await builder.tag(image, nextImage);
    await writeFile(path.join(layout.run, 'image'), image);
    await rm(path.join(layout.run, 'READY'), { force: true });
    await writeFile(path.join(layout.run, 'READY'), '');
    return { kubeconfig: layout.kubeconfig, image, nextImage, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
