import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { installAddons } from './addons.js';
import { command } from './command.js';
import { startControlPlane } from './control-plane.js';
import type { Daemon } from './daemon.js';
import { ImageBuilder } from './images.js';
import { layoutOf, prepareLayout, ROOT } from './layout.js';
import { takeDown } from './teardown.js';
import { prepareNetwork, startContainerd, startNodeAgents } from './worker.js';

export interface SingleNode {
  readonly kubeconfig: string;
  readonly image: string;
  /** The same image by another name. */
  readonly nextImage: string;
  stop(): Promise<void>;
}

/** Brings a Kubernetes cluster of one node up on this machine. Needs Linux, root and `test/cluster/install.sh`. */
export async function startNode(say: (line: string) => void): Promise<SingleNode> {
  const layout = layoutOf(ROOT);
  const started: Daemon[] = [];
  // What a run that was killed has left.
  await takeDown(layout, []);
  prepareLayout(layout);
  const stop = () => takeDown(layout, started);
  try {
    await command('bash', ['test/cluster/install.sh'], { cwd: ROOT, timeoutMs: 1_800_000 });
    await prepareNetwork();
    say('starting the control plane');
    await startControlPlane(layout, started);
    await startContainerd(layout, started);
    const builder = new ImageBuilder(layout);
    say('building the images');
    await builder.load(await builder.addons());
    await startNodeAgents(layout, started);
    await installAddons(layout, started);
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
