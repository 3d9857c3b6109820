import type { V1Pod } from '@kubernetes/client-node';

import { CONTAINER, type ManifestRuntime } from '../../topology/index.js';
import { selectorLabels } from '../../topology/labels.js';
import { ask } from '../api-error.js';
import type { Cluster } from '../connection.js';
import { ClusterError } from '../errors.js';

/** A runtime of a manifest for Kubernetes. */
export interface PlacedRuntime {
  readonly runtime: string;
  readonly namespace: string;
  /** Of its Deployment and Service. */
  readonly name: string;
  /** That the runtime listens on. */
  readonly port: number;
}

/** @throws {ClusterError} for a manifest of another platform */
export function placedRuntime(
  runtime: string,
  { endpoint }: Pick<ManifestRuntime, 'endpoint'>,
): PlacedRuntime {
  if (endpoint.kind === 'service') {
    const { namespace, name, port } = endpoint;
    return { runtime, namespace, name, port };
  }
  throw new ClusterError(`${runtime} is not on a cluster: its endpoint is ${endpoint.kind}`);
}

/**
 * The pod in which the container of a runtime runs. It need not be ready: what is on a full volume is wanted too.
 *
 * @throws {ClusterError} when there is none
 */
export async function runningPod({ core }: Cluster, placed: PlacedRuntime): Promise<string> {
  const { runtime, namespace, name } = placed;
  const labelSelector = Object.entries(selectorLabels(name))
    .map((pair) => pair.join('='))
    .join(',');
  const { items } = await ask(
    `find the pod of ${runtime} in namespace ${namespace}`,
    core.listNamespacedPod({ namespace, labelSelector }),
  );
  const pod = items.find(isRunning)?.metadata?.name;
  if (pod !== undefined) return pod;
  throw new ClusterError(
    `no pod of ${runtime} runs in namespace ${namespace}: "copilot-runtimes status --explain" tells why`,
  );
}

function isRunning({ metadata, status }: V1Pod): boolean {
  const container = status?.containerStatuses?.find(({ name }) => name === CONTAINER.name);
  return metadata?.deletionTimestamp === undefined && container?.state?.running !== undefined;
}
