import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';

import { Exec } from '@kubernetes/client-node';

import { ANY_RUNTIME } from '../../../topology/labels.js';

import type { Environment } from './environment.js';

/** Runs a shell command in the one pod of a runtime's namespace. @returns what it prints */
export async function inRuntimePod(
  { cluster }: Environment,
  namespace: string,
  script: string,
): Promise<string> {
  const labelSelector = Object.entries(ANY_RUNTIME)[0]!.join('=');
  const { items } = await cluster.core.listNamespacedPod({ namespace, labelSelector });
  const pod = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined)?.metadata?.name ?? '';
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const printed = Promise.all([text(stdout), text(stderr)]);
  const status = await new Promise<{ status?: string; message?: string }>((resolve, reject) => {
    new Exec(cluster.config)
      .exec(namespace, pod, 'copilot-runtime', ['sh', '-c', script], stdout, stderr, null, false, resolve)
      .catch(reject);
  });
  stdout.end();
  stderr.end();
  const [out, err] = await printed;
  if (status.status !== 'Success')
    throw new Error(`"${script}" in ${namespace}/${pod}: ${status.message} ${err}`);
  return out;
}
