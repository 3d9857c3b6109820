import { ApiException, type V1Pod } from '@kubernetes/client-node';
import pRetry from 'p-retry';

import type { Manifest } from '../../../topology/index.js';

import { found, type Environment } from './environment.js';

/** Uid of the pod of each runtime that has one, by runtime id. */
export async function podUids(environment: Environment, manifest: Manifest): Promise<Record<string, string>> {
  const uids: Record<string, string> = {};
  for (const id of Object.keys(manifest.runtimes)) {
    const uid = (await podBehind(environment, manifest.runtimes[id]!.endpoint))?.metadata?.uid;
    if (uid) uids[id] = uid;
  }
  return uids;
}

/** The first pod that a Service selects and that is not going. */
export async function podBehind(
  { cluster }: Environment,
  endpoint: Manifest['runtimes'][string]['endpoint'],
): Promise<V1Pod | undefined> {
  if (endpoint.kind !== 'service') return undefined;
  const { namespace, name } = endpoint;
  const service = await found(cluster.core.readNamespacedService({ namespace, name }));
  if (!service) return undefined;
  const labelSelector = Object.entries(service.spec?.selector ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await cluster.core.listNamespacedPod({ namespace, labelSelector });
  return items.find(({ metadata }) => !metadata?.deletionTimestamp);
}

/** Uid of each volume claim of a namespace, by name. */
export async function claimUids(
  { cluster }: Environment,
  namespace: string,
): Promise<Record<string, string>> {
  const { items } = await cluster.core.listNamespacedPersistentVolumeClaim({ namespace });
  return Object.fromEntries(items.map(({ metadata }) => [metadata?.name ?? '', metadata?.uid ?? '']));
}

export async function namespaceExists({ cluster }: Environment, name: string): Promise<boolean> {
  return (await found(cluster.core.readNamespace({ name }))) !== undefined;
}

/** Namespace that a runtime's Service stands in. */
export function namespaceOf(manifest: Manifest, runtime: string): string {
  const endpoint = manifest.runtimes[runtime]?.endpoint;
  if (endpoint?.kind !== 'service') throw new Error(`${runtime} has no Service in the manifest`);
  return endpoint.namespace;
}

/**
 * Evicts the pods of these namespaces as `kubectl drain` does, with the nodes shut meanwhile. What a disruption budget
 * holds back goes when they are open again: a cluster of one node has no other place where its like could be ready.
 */
export async function drain({ cluster }: Environment, namespaces: readonly string[]): Promise<void> {
  const { items: nodes } = await cluster.core.listNode();
  const shut = (value: boolean) =>
    Promise.all(
      nodes.map(({ metadata }) =>
        cluster.core.patchNode({
          name: metadata!.name!,
          body: [{ op: 'add', path: '/spec/unschedulable', value }],
        }),
      ),
    );
  const evict = (name: string, namespace: string) => {
    const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } };
    return cluster.core.createNamespacedPodEviction({ name, namespace, body });
  };
  const held: (readonly [string, string])[] = [];
  await shut(true);
  try {
    for (const namespace of namespaces) {
      const { items } = await cluster.core.listNamespacedPod({ namespace });
      for (const { metadata } of items) {
        await evict(metadata!.name!, namespace).catch((error: unknown) => {
          if (!isHeld(error)) throw error;
          held.push([metadata!.name!, namespace]);
        });
      }
    }
  } finally {
    await shut(false);
  }
  for (const [name, namespace] of held) {
    await pRetry(() => evict(name, namespace), {
      retries: 60,
      factor: 1,
      minTimeout: 1000,
      shouldRetry: isHeld,
    });
  }
}

const isHeld = (error: unknown) => error instanceof ApiException && error.code === 429;
