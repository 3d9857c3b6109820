import { existsSync } from 'node:fs';

import type { Cluster } from '../cluster/connection.js';
import { LocalTarget, type Target } from '../smoke/index.js';
import type { Manifest } from '../topology/index.js';

/** How a cluster is reached. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** There where a pod has a service account's token. */
const POD_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** Whether this process is a pod of the cluster that it asks, and so may connect to Services by their names. */
export function insideCluster({ kubeconfig, context }: ClusterFlags): boolean {
  return [kubeconfig, context, process.env.KUBECONFIG].every((given) => !given) && existsSync(POD_TOKEN);
}

/** @throws {ClusterError} when there are no credentials */
export async function openCluster(flags: ClusterFlags): Promise<Cluster> {
  // Only now: the client takes most of a second to load.
  const { connectCluster } = await import('../cluster/connection.js');
  return connectCluster({ ...flags, inCluster: insideCluster(flags) });
}

/** @throws {UsageError} when the deployment cannot be reached from here */
export async function targetOf(
  manifest: Manifest,
  manifestFile: string,
  flags: ClusterFlags,
): Promise<Target> {
  switch (manifest.platform) {
    case 'local':
      return new LocalTarget(manifest, manifestFile);
    case 'kubernetes': {
      const { KubernetesTarget } = await import('../smoke/targets/kubernetes/target.js');
      return new KubernetesTarget({
        manifest,
        cluster: await openCluster(flags),
        inside: insideCluster(flags),
      });
    }
    case 'azure': {
      const { openAzureTarget } = await import('./suite-azure.js');
      return openAzureTarget(manifest, manifestFile);
    }
  }
}
