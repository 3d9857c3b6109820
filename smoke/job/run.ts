import { randomBytes } from 'node:crypto';

import type { V1Job } from '@kubernetes/client-node';
import pRetry from 'p-retry';

import { ask, describeApiError, orMissing, statusOf } from '../../cluster/api-error.js';
import type { Cluster } from '../../cluster/connection.js';
import { ClusterError } from '../../cluster/errors.js';
import { SMOKE_POD_LABELS } from '../../topology/kubernetes.js';
import type { Report } from '../model.js';

import { followJob } from './follow.js';
import type { JobRun } from './job-run.js';
import { jobObject, KEPT_SECONDS, LONGEST_RUN_SECONDS, manifestConfigMap, type JobInput } from './objects.js';

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
  const what = `remove Job ${name} in ${namespace}, with which its ConfigMap goes`;
  await ask(what, orMissing(batch.deleteNamespacedJob({ name, namespace, propagationPolicy: 'Foreground' })));
  const stillThere = async () => {
    if (await ask(what, orMissing(batch.readNamespacedJob({ name, namespace })))) {
      throw new ClusterError(`cannot ${what}: it is still there, see what holds it`);
    }
  };
  await pRetry(stillThere, {
    retries: 1000,
    factor: 1,
    minTimeout: 250,
    maxRetryTime: REMOVED_WITHIN_MS,
  });
}

/** What a run has left behind that was killed, on a cluster that does not remove finished Jobs by itself. */
async function removeLeftovers({ batch }: Cluster, namespace: string): Promise<void> {
  const labelSelector = Object.entries(SMOKE_POD_LABELS)
    .map((pair) => pair.join('='))
    .join(',');
  const { items } = await ask(
    `look for old Jobs in ${namespace}, which needs kubernetes.smokeIdentity`,
    batch.listNamespacedJob({ namespace, labelSelector }),
  );
  for (const { metadata } of items.filter(isLeftover)) {
    const name = metadata?.name ?? '';
    await ask(
      `remove the old Job ${name} in ${namespace}`,
      // Another run may have found it too.
      orMissing(batch.deleteNamespacedJob({ name, namespace, propagationPolicy: 'Background' })),
    );
  }
}

function isLeftover({ metadata, status }: V1Job): boolean {
  const finished = status?.completionTime ?? status?.conditions?.[0]?.lastTransitionTime;
  const [since, longest] = finished
    ? [finished, KEPT_SECONDS]
    : [metadata?.creationTimestamp ?? Date.now(), LONGEST_RUN_SECONDS + KEPT_SECONDS];
  return Date.now() - new Date(since).getTime() > longest * 1000;
}
