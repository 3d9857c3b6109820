import { setTimeout as delay } from 'node:timers/promises';

import pRetry from 'p-retry';
import pTimeout from 'p-timeout';

import type { Manifest } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Subject } from '../model.js';
import type { Workbench } from '../workbench.js';

/** Machine, and start of the runtime's process in clock ticks since boot: another process has another one. */
const STARTED = "cat /proc/sys/kernel/hostname; sed 's/.*) //' /proc/$PPID/stat | cut -d' ' -f20";

/** Between the answer to a probe and the signal that it has sent. */
const KILL_DELAY_MS = 200;
/** Azure starts a container again after a pause, which grows. */
const BACK_WITHIN_MS = { local: 30_000, kubernetes: 30_000, azure: 120_000 } as const;
/** Longest run of a check in which a runtime is ended and replaced. */
const WITH_RESTART_MS = { local: 90_000, kubernetes: 240_000, azure: 600_000 } as const;

export const restartDeadline = (_: Subject, { platform }: Manifest): number => WITH_RESTART_MS[platform];

/**
 * Ends the process of a runtime, then the pod or container group, by SIGKILL: what is saved only at an orderly stop is lost
 * when a node dies.
 *
 * @returns waits for it to answer as another process than before
 */
export async function killRuntime(bench: Workbench, runtime: string): Promise<() => Promise<void>> {
  const before = await bench.probe(runtime, STARTED);
  // In the background and a moment later, so that the answer to the probe still arrives.
  await bench.probe(runtime, `(sleep ${KILL_DELAY_MS / 1000}; kill -KILL $PPID) >/dev/null 2>&1 &`);
  await delay(2 * KILL_DELAY_MS);
  return async () => {
    // With the pod goes everything that is not on a volume.
    await bench.target.replace?.(runtime);
    await comesBack(bench, runtime, before);
  };
}

/** Waits for a runtime to answer as another process than before. */
async function comesBack(bench: Workbench, runtime: string, before: string): Promise<void> {
  const answers = async () => {
    bench.forgetClient(runtime);
    if ((await bench.probe(runtime, STARTED)) === before) throw new Error('it is still the same process');
  };
  // An attempt that meets the dying process may never be answered.
  const attempt = () => pTimeout(answers(), { milliseconds: 5000, message: 'no answer' });
  const within = BACK_WITHIN_MS[bench.target.kind];
  await pRetry(attempt, { retries: 1000, factor: 1, minTimeout: 250, maxRetryTime: within }).catch(
    (error: unknown) => {
      throw new CheckFailure({
        expected: `${runtime} to come back as a new process within ${within / 1000} s after SIGKILL`,
        seen: error instanceof Error ? error.message : String(error),
        advice: 'see that the platform restarts the runtime: its log, its events, its restart policy',
      });
    },
  );
}
