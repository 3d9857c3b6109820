import { ApiException } from '@kubernetes/client-node';

import { connectCluster, type Cluster } from '../../../cluster/connection.js';

/** The cluster that the tests run on, as `npm run test:cluster` names it. */
export interface Environment {
  readonly kubeconfig: string;
  /** Image of services/Dockerfile, which the nodes have or can pull. */
  readonly image: string;
  /** The same image by another name: what an update of the image changes to. */
  readonly nextImage: string;
  readonly cluster: Cluster;
}

/** @throws Error when the tests were not started by `npm run test:cluster` */
export function clusterEnvironment(): Environment {
  const {
    KUBECONFIG: kubeconfig,
    COPILOT_RUNTIMES_IMAGE: image,
    COPILOT_RUNTIMES_NEXT_IMAGE: nextImage,
  } = process.env;
  if (!kubeconfig || !image || !nextImage) {
    throw new Error(
      'KUBECONFIG, COPILOT_RUNTIMES_IMAGE and COPILOT_RUNTIMES_NEXT_IMAGE must be set: start the tests with "npm run test:cluster"',
    );
  }
  return { kubeconfig, image, nextImage, cluster: connectCluster({ kubeconfig }) };
}

/** The answer of a read, or undefined for what is not there. */
export async function found<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  });
}
