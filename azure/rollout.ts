import { setTimeout as delay } from 'node:timers/promises';

import {
  AZURE_RULES,
  awaitAsWanted,
  explain,
  type RolloutOptions,
  type RolloutOutcome,
} from '../diagnosis/index.js';

import type { Arm } from './arm.js';
import { observe } from './observe.js';
import type { Subject } from './subjects.js';

/** Between two looks; Azure has nothing to watch. */
const LOOK_AGAIN_MS = 5000;
/** Azure gives a caller some 25 reads a second; each group takes three. */
const PER_GROUP_MS = 120;

/** Seconds that a rollout may take: a new role is known to a vault after ten minutes at the latest. */
export const ROLLOUT_SECONDS = 900;

export interface AzureRolloutOptions extends RolloutOptions {
  /** Milliseconds between two looks. @default 5000, and more with many groups */
  readonly lookAgainMs?: number;
}

/**
 * Waits until every container group is as its manifest wants it.
 *
 * @throws {AzureError} when Azure does not answer, or does not allow it
 */
export function awaitRollout(
  arm: Arm,
  subjects: readonly Subject[],
  { lookAgainMs = LOOK_AGAIN_MS, ...options }: AzureRolloutOptions = {},
): Promise<RolloutOutcome[]> {
  return awaitAsWanted(
    {
      subjects,
      look: (open) => observe(arm, open),
      explain: (observation) => explain(observation, AZURE_RULES),
      async changed(open, timeoutMs, signal) {
        const pause = Math.max(lookAgainMs, open.length * PER_GROUP_MS);
        await delay(Math.min(pause, timeoutMs), undefined, { ...(signal && { signal }) }).catch(
          (error: unknown) => {
            signal?.throwIfAborted();
            throw error;
          },
        );
      },
    },
    { timeoutSeconds: ROLLOUT_SECONDS, ...options },
  );
}
