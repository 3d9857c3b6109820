import { randomBytes } from 'node:crypto';

import pRetry from 'p-retry';

import { describeApiError, statusOf } from '../../cluster/api-error.js';
import type { Cluster } from '../../cluster/connection.js';
import { ClusterError } from '../../cluster/errors.js';
import type { SmokeJob } from '../../topology/index.js';
import { SMOKE_POD_LABELS } from '../../topology/kubernetes.js';
import type { ProgressEvent } from '../events.js';
import type { Report } from '../model.js';

import { followJob } from './follow.js';
import { jobObject, KEPT_SECONDS, LONGEST_RUN_SECONDS, manifestConfigMap, type JobInput } from './objects.js';

export interface JobRun {
  readonly cluster: Cluster;
  readonly place: SmokeJob;
  readonly manifestText: string;
  /** Options of the suite, as the command line has them. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressEvent) => void;
}

/** A ConfigMap holds a mebibyte. */
const MOST_BYTES = 1_000_000;
const REMOVED_WITHIN_MS = 60_000;

/**
 * Runs the suite as a Job in the cluster and gives back its report. The Job and all that belongs to it are removed,
 * whatever comes of it; should this process be killed, the cluster removes them.
 *
 * @throws {ClusterError} when the Job cannot be created, does not start or ends without a report
 */
export async function runInCluster(run: JobRun): Promise<Report> {
  const { cluster, place, signal } = run;
  const input: JobInput = { ...place, ...run, name: `smoke-${randomBytes(5).toString('hex')}` };
  const size = Buffer.byteLength(run.manifestText);
  if (size > MOST_BYTES) {
    throw new ClusterError(
      `the manifest has ${size} bytes, and a ConfigMap holds ${MOST_BYTES}: run the suite from outside, without --in-cluster`,
    );
  }
  await removeLeftovers(cluster, place.namespace);
  signal?.throwIfAborted();
  try {
    await create(cluster, input);
    return await followJob(run, input.name);
  } finally {
    await remove(cluster, input);
  }
}

async function create({ batch, core }: Cluster, input: JobInput): Promise<void> {
  const { namespace, serviceAccount } = input;
  try {
    const job = await batch.createNamespacedJob({ namespace, body: jobObject(input) });
    // The pod waits for it.
    await core.createNamespacedConfigMap({ namespace, body: manifestConfigMap(input, job) });
  } catch (error) {
    const hint =
      statusOf(error) === 404
        ? `deploy the topology with kubernetes.smokeIdentity, or create namespace ${namespace} and service account ${serviceAccount}`
        : statusOf(error) === 403
          ? 'list who runs the suite under kubernetes.smokeIdentity, and see that the namespace has no quota left to exceed'
          : 'see that the API server can be reached';
    throw new ClusterError(`cannot create the Job in ${namespace} (${describeApiError(error)}): ${hint}`, {
      cause: error,
    });
  }
}

/** Waits until Job, pod and ConfigMap are gone: whoever looks afterwards finds nothing. */
async function remove({ batch }: Cluster, { name, namespace }: JobInput): Promise<void> {
  const gone = (error: unknown) => {
    if (statusOf(error) !== 404) throw error;
  };
  try {
    await batch.deleteNamespacedJob({ name, namespace, propagationPolicy: 'Foreground' });
    const stillThere = async () => {
      await batch.readNamespacedJob({ name, namespace });
      throw new Error('it is still there');
    };
    await pRetry(() => stillThere().catch(gone), {
      retries: 1000,
      factor: 1,
      minTimeout: 250,
      maxRetryTime: REMOVED_WITHIN_MS,
    });
  } catch (error) {
    if (statusOf(error) === 404) return;
    throw new ClusterError(
      `cannot remove Job ${name} in ${namespace} (${describeApiError(error)}): delete it, its ConfigMap goes with it`,
      { cause: error },
    );
  }
}

/** What a run has left behind that was killed, on a cluster that does not remove finished Jobs by itself. */
async function removeLeftovers({ batch }: Cluster, namespace: string): Promise<void> {
  const labelSelector = Object.entries(SMOKE_POD_LABELS)
    .map((pair) => pair.join('='))
    .join(',');
  const jobs = await batch.listNamespacedJob({ namespace, labelSelector }).catch((error: unknown) => {
    throw new ClusterError(
      `cannot look for Jobs in ${namespace} (${describeApiError(error)}): deploy the topology with kubernetes.smokeIdentity, which names who may`,
      { cause: error },
    );
  });
  const now = Date.now();
  const old = jobs.items.filter(({ metadata, status }) => {
    const finished = status?.completionTime ?? status?.conditions?.[0]?.lastTransitionTime;
    const [since, longest] = finished
      ? [finished, KEPT_SECONDS]
      : [metadata?.creationTimestamp ?? now, LONGEST_RUN_SECONDS + KEPT_SECONDS];
    return now - new Date(since).getTime() > longest * 1000;
  });
  for (const { metadata } of old) {
    await batch
      .deleteNamespacedJob({ name: metadata?.name ?? '', namespace, propagationPolicy: 'Background' })
      .catch((error: unknown) => {
        // Another run may have found it too.
        if (statusOf(error) !== 404) throw error;
      });
  }
}
