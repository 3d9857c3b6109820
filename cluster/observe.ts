import type { CoreV1Event, V1Deployment, V1PersistentVolumeClaim, V1Pod } from '@kubernetes/client-node';
import pLimit from 'p-limit';

import type { Happening, Observation, Volume, Workload } from '../diagnosis/index.js';
import { MANAGED_BY } from '../topology/labels.js';

import { ask } from './api-error.js';
import { conditions } from './conditions.js';
import type { Cluster } from './connection.js';
import { instance } from './instance.js';
import type { Subject } from './subjects.js';
import { withWords, type ObserveOptions } from './words.js';

/** Namespaces that are looked into side by side. */
const PARALLEL = 8;

/** Hosts that are asked side by side: enough that those which hang do not keep the others waiting. */
const PARALLEL_HOSTS = 32;

interface NamespaceView {
  readonly deployments: readonly V1Deployment[];
  readonly pods: readonly V1Pod[];
  readonly claims: readonly V1PersistentVolumeClaim[];
  readonly events: readonly CoreV1Event[];
}

/**
 * Looks at runtimes: four calls per namespace, and for each that runs without being ready (or for
 * `usage` each that runs) two more for its own words.
 *
 * @throws {ClusterError} when the API does not answer, or does not allow it
 */
export async function observe(
  cluster: Cluster,
  subjects: readonly Subject[],
  options: ObserveOptions = {},
): Promise<Observation[]> {
  const limit = pLimit(PARALLEL);
  const namespaces = [...new Set(subjects.map(({ namespace }) => namespace))];
  const views = new Map(
    await Promise.all(
      namespaces.map((name) => limit(async () => [name, await view(cluster, name)] as const)),
    ),
  );
  const hosts = pLimit(PARALLEL_HOSTS);
  return Promise.all(
    subjects.map((subject) =>
      hosts(() => withWords(cluster, subject, observation(subject, views.get(subject.namespace)!), options)),
    ),
  );
}

async function view({ apps, core }: Cluster, namespace: string): Promise<NamespaceView> {
  const label = Object.entries(MANAGED_BY)
    .map((pair) => pair.join('='))
    .join(',');
  const list = <T>(what: string, call: Promise<{ items: T[] }>) =>
    ask(`list ${what} of namespace ${namespace}`, call).then(({ items }) => items);
  const [deployments, pods, claims, events] = await Promise.all([
    list('deployments', apps.listNamespacedDeployment({ namespace, labelSelector: label })),
    list('pods', core.listNamespacedPod({ namespace, labelSelector: label })),
    list(
      'persistentvolumeclaims',
      core.listNamespacedPersistentVolumeClaim({ namespace, labelSelector: label }),
    ),
    list('events', core.listNamespacedEvent({ namespace })),
  ]);
  return { deployments, pods, claims, events };
}

function observation(
  { runtime, state, name, selector, claim: volumeOf }: Subject,
  seen: NamespaceView,
): Observation {
  const deployment = seen.deployments.find(({ metadata }) => metadata?.name === name);
  const pods = seen.pods.filter(({ metadata }) =>
    Object.entries(selector).every(([label, value]) => metadata?.labels?.[label] === value),
  );
  const claim = seen.claims.find(({ metadata }) => metadata?.name === volumeOf);
  return {
    runtime,
    state,
    ...(deployment && { workload: workload(deployment) }),
    instances: pods.map(instance),
    ...(claim && { volume: volume(claim) }),
    events: eventsAbout(seen.events, deployment, pods, claim),
  };
}

function workload({ metadata, spec, status }: V1Deployment): Workload {
  return {
    observed: (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0),
    wanted: spec?.replicas ?? 1,
    updated: status?.updatedReplicas ?? 0,
    // Pods of an earlier version are ready too, until they are told to go.
    ready: Math.min(status?.readyReplicas ?? 0, status?.updatedReplicas ?? 0),
    conditions: conditions(status?.conditions),
  };
}

function volume({ metadata, spec, status }: V1PersistentVolumeClaim): Volume {
  return {
    name: metadata?.name ?? '',
    phase: status?.phase ?? 'Pending',
    ...(spec?.storageClassName !== undefined && { storageClass: spec.storageClassName }),
    ...(status?.capacity?.storage !== undefined && { capacity: status.capacity.storage }),
  };
}

/** Events about what is there now: those of earlier pods explain nothing any more. */
function eventsAbout(
  events: readonly CoreV1Event[],
  deployment: V1Deployment | undefined,
  pods: readonly V1Pod[],
  claim: V1PersistentVolumeClaim | undefined,
): Happening[] {
  const uids = new Set([deployment, ...pods, claim].map((object) => object?.metadata?.uid));
  const name = deployment?.metadata?.name;
  // Rights to look at ReplicaSets are not needed just to know which are those of the Deployment.
  const replicaSet = new RegExp(`^${name}-[a-z0-9]+$`);
  return events
    .filter(
      ({ involvedObject: about }) =>
        uids.has(about.uid) || (about.kind === 'ReplicaSet' && replicaSet.test(about.name ?? '')),
    )
    .map((event) => ({
      about: event.involvedObject.kind ?? '',
      reason: event.reason ?? '',
      message: event.message ?? '',
      at: timeOf(event),
    }))
    .sort((a, b) => a.at - b.at);
}

function timeOf({ lastTimestamp, eventTime, series, firstTimestamp, metadata }: CoreV1Event): number {
  const time =
    series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp;
  return time === undefined || time === null ? 0 : new Date(time).getTime();
}
