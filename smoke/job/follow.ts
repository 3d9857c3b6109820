import { setTimeout as delay } from 'node:timers/promises';

import type { V1Pod } from '@kubernetes/client-node';

import { ask } from '../../cluster/api-error.js';
import { ClusterError } from '../../cluster/errors.js';
import type { Report } from '../model.js';
import { podTrouble } from '../targets/kubernetes/pod-state.js';

import type { JobRun } from './job-run.js';
import { eventsOf, lastWords, reportIn } from './output.js';

/** How long a pod may take to be scheduled, to pull its image and to start. */
const STARTED_WITHIN_MS = 180_000;
const POLL_MS = 1000;
/** What a container waits for in vain. */
const HOPELESS = ['ErrImageNeverPull', 'ImagePullBackOff', 'InvalidImageName'];

/**
 * Watches the pod of a Job to its end. It is asked again and again, which unlike an open stream outlives restarts of
 * the API server and proxies that cut long connections.
 *
 * @throws {ClusterError} when it does not start, vanishes or ends without a report
 */
export async function followJob(run: JobRun, job: string): Promise<Report> {
  const deadline = Date.now() + STARTED_WITHIN_MS;
  let started = false;
  let done = 0;
  for (;;) {
    const pod = await podOf(run, job);
    const phase = pod?.status?.phase;
    if (pod && (phase === 'Succeeded' || phase === 'Failed')) return reportOf(pod, await logOf(run, pod));
    if (pod && phase === 'Running') {
      started = true;
      const last = eventsOf(await logOf(run, pod, 1)).at(-1);
      if (last?.type === 'progress' && last.done > done) {
        done = last.done;
        run.onProgress?.(last);
      }
    } else if (started) {
      throw new ClusterError(
        `the pod of Job ${job} is gone: somebody deleted or evicted it; run the suite again`,
      );
    } else if (Date.now() > deadline || (pod && isHopeless(pod))) {
      throw new ClusterError(
        `Job ${job} does not start: ${pod ? podTrouble(pod) : 'it has no pod, see its events'}`,
      );
    }
    await delay(POLL_MS, undefined, { ...(run.signal && { signal: run.signal }) }).catch(() => undefined);
    run.signal?.throwIfAborted();
  }
}

function isHopeless({ status }: V1Pod): boolean {
  return (status?.containerStatuses ?? []).some(({ state }) =>
    HOPELESS.includes(state?.waiting?.reason ?? ''),
  );
}

async function podOf({ cluster, place }: JobRun, job: string): Promise<V1Pod | undefined> {
  const labelSelector = `batch.kubernetes.io/job-name=${job}`;
  const { items } = await ask(
    `see the pod of Job ${job} in ${place.namespace}`,
    cluster.core.listNamespacedPod({ namespace: place.namespace, labelSelector }),
  );
  return items[0];
}

/** What the suite has printed; nothing while its container is only being made. */
function logOf({ cluster, place }: JobRun, pod: V1Pod, tailLines?: number): Promise<string> {
  return cluster.core
    .readNamespacedPodLog({
      namespace: place.namespace,
      name: pod.metadata?.name ?? '',
      ...(tailLines !== undefined && { tailLines }),
    })
    .catch(() => '');
}

function reportOf(pod: V1Pod, log: string): Report {
  const report = reportIn(log);
  if (report) return report;
  throw new ClusterError(
    [`the suite ended without a report: ${podTrouble(pod)}`, ...lastWords(log)].join('\n'),
  );
}
