import { awaitAsWanted, type RolloutOptions, type RolloutOutcome } from '../diagnosis/index.js';

import type { Cluster } from './connection.js';
import { observe } from './observe.js';
import type { Subject } from './subjects.js';
import { NamespaceWatch } from './watch.js';

/** Events come by watch; reasons also get old without one. */
const LOOK_AGAIN_MS = 5000;

/**
 * Waits until every runtime on a cluster is as its manifest wants it.
 *
 * @throws {ClusterError} when the API does not answer, or does not allow it
 */
export async function awaitRollout(
  cluster: Cluster,
  subjects: readonly Subject[],
  options: RolloutOptions = {},
): Promise<RolloutOutcome[]> {
  let watch: NamespaceWatch | undefined;
  try {
    return await awaitAsWanted(
      {
        subjects,
        look: (open) => observe(cluster, open),
        changed: (open, timeoutMs, signal) => {
          // Only now: after most deploys everything is there at the first look.
          watch ??= new NamespaceWatch(cluster, [...new Set(open.map(({ namespace }) => namespace))]);
          return watch.changed(Math.min(LOOK_AGAIN_MS, timeoutMs), signal);
        },
      },
      options,
    );
  } finally {
    watch?.close();
  }
}
