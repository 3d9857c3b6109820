import type { Keeper } from '../backup/keeper/index.js';
import type { Manifest, ManifestRuntime } from '../topology/index.js';

import { openCluster, type ClusterFlags } from './suite-target.js';

/** How the session keeper of a runtime is started. @throws ClusterError or AzureError for another platform */
export type KeeperOf = (runtime: string, described: ManifestRuntime) => Keeper;

/** @throws ClusterError or AzureError when there are no credentials */
export async function keepersOf(
  platform: Exclude<Manifest['platform'], 'local'>,
  flags: ClusterFlags,
): Promise<KeeperOf> {
  switch (platform) {
    case 'kubernetes': {
      const { placedRuntime, PodKeeper } = await import('../cluster/sessions/index.js');
      const cluster = await openCluster(flags);
      return (runtime, described) => new PodKeeper(cluster, placedRuntime(runtime, described));
    }
    case 'azure': {
      const { connectArm, GroupKeeper, placedRuntime } = await import('../azure/sessions/index.js');
      const arm = await connectArm();
      return (runtime, described) => new GroupKeeper(arm, placedRuntime(runtime, described));
    }
  }
}
