import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { Exec, type V1Pod } from '@kubernetes/client-node';

import { ANY_RUNTIME } from '../../../topology/labels.js';

import type { Environment } from './environment.js';

/** Runs a shell command in the one pod of a runtime's namespace. @returns what it prints */
export async function inRuntimePod(
  environment: Environment,
  namespace: string,
  script: string,
): Promise<string> {
  return inPod(environment, await livePod(environment, namespace, ANY_RUNTIME), ['sh', '-c', script]);
}

/** The first pod with these labels that is not going. @throws Error when there is none */
export async function livePod(
  { cluster }: Environment,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<V1Pod> {
  const labelSelector = Object.entries(labels)
    .map((label) => label.join('='))
    .join(',');
  const { items } = await cluster.core.listNamespacedPod({ namespace, labelSelector });
  const pod = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined);
  if (!pod) throw new Error(`no pod in ${namespace} has the labels ${labelSelector}`);
  return pod;
}

/** Runs a command in the first container of a pod. @returns what it prints */
export async function inPod(
  { cluster }: Environment,
  { metadata, spec }: V1Pod,
  command: string[],
): Promise<string> {
  const [namespace, pod] = [metadata!.namespace!, metadata!.name!];
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const printed = Promise.all([text(stdout), text(stderr)]);
  const status = await new Promise<{ status?: string; message?: string }>((resolve, reject) => {
    new Exec(cluster.config)
      .exec(namespace, pod, spec!.containers[0]!.name, command, stdout, stderr, null, false, resolve)
      .catch(reject);
  });
  stdout.end();
  stderr.end();
  const [out, err] = await printed;
  if (status.status !== 'Success')
    throw new Error(`"${command.join(' ')}" in ${namespace}/${pod}: ${status.message} ${err}`);
  return out;
}
