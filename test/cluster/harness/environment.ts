import { ApiException } from '@kubernetes/client-node';

import { connectCluster, type Cluster } from '../../../cluster/connection.js';

/** The cluster that the tests run on, as `npm run test:cluster` names it. */
export interface Environment {
  readonly kubeconfig: string;
  /** Image of services/Dockerfile, which the nodes have or can pull. */
  readonly image: string;
  readonly cluster: Cluster;
}

/** @throws Error when the tests were not started by `npm run test:cluster` */
export function clusterEnvironment(): Environment {
  const { KUBECONFIG: kubeconfig, COPILOT_RUNTIMES_IMAGE: image } = process.env;
  if (!kubeconfig || !image) {
    throw new Error(
      'KUBECONFIG and COPILOT_RUNTIMES_IMAGE are not set: start the tests with "npm run test:cluster"',
    );
  }
  return { kubeconfig, image, cluster: connectCluster({ kubeconfig }) };
}

/** The answer of a read, or undefined for what is not there. */
export async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  });
}
