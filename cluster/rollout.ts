import { explain, type Observation, type Reason } from '../diagnosis/index.js';

import type { Cluster } from './connection.js';
import { observe } from './observe.js';
import { Patience } from './patience.js';
import type { Subject } from './subjects.js';
import { NamespaceWatch } from './watch.js';

/** Events come by watch; reasons also get old without one. */
const LOOK_AGAIN_MS = 5000;

export interface RolloutOptions {
  /** Seconds after which it ends whatever is still missing. @default 180 */
  readonly timeoutSeconds?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** Told of each runtime when it is known what came of it. */
  readonly onSettled?: (outcome: RolloutOutcome) => void;
}

/** What came of one runtime; it succeeded where there is no reason. */
export interface RolloutOutcome {
  readonly runtime: string;
  readonly observation: Observation;
  readonly reasons: readonly Reason[];
  /** Waiting any longer would have been in vain. */
  readonly hopeless: boolean;
}

/**
 * Waits until every runtime is as its manifest wants it: the newest version ready, or stopped. Ends as soon as each is
 * there or has a reason that does not pass by itself.
 *
 * @throws {ClusterError} when the API does not answer, or does not allow it
 */
export async function awaitRollout(
  cluster: Cluster,
  subjects: readonly Subject[],
  { timeoutSeconds = 180, signal, onSettled = () => undefined }: RolloutOptions = {},
): Promise<RolloutOutcome[]> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  const patience = new Patience();
  const settled = new Map<string, RolloutOutcome>();
  let open = subjects;
  let watch: NamespaceWatch | undefined;
  try {
    for (;;) {
      const found = await observe(cluster, open);
      const late = performance.now() >= deadline;
      for (const observation of found) {
        const outcome = judge(observation, patience);
        if (!late && outcome.reasons.length > 0 && !outcome.hopeless) continue;
        settled.set(outcome.runtime, outcome);
        onSettled(outcome);
      }
      open = open.filter(({ runtime }) => !settled.has(runtime));
      if (open.length === 0) return subjects.map(({ runtime }) => settled.get(runtime)!);
      // Only now: after most deploys everything is there at the first look.
      watch ??= new NamespaceWatch(cluster, [...new Set(open.map(({ namespace }) => namespace))]);
      await watch.changed(Math.max(0, Math.min(LOOK_AGAIN_MS, deadline - performance.now())), signal);
    }
  } finally {
    watch?.close();
  }
}

function judge(observation: Observation, patience: Patience): RolloutOutcome {
  const reasons = explain(observation);
  const hopeless = patience.isOver(observation.runtime, reasons, performance.now());
  return { runtime: observation.runtime, observation, reasons, hopeless };
}
