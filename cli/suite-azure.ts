import type { Target } from '../smoke/index.js';
import type { Manifest } from '../topology/index.js';

import { UsageError } from './exit.js';

/**
 * The target for a process inside the network of a deployment.
 *
 * @throws {UsageError} outside of it
 */
export async function openAzureTarget(manifest: Manifest, manifestFile: string): Promise<Target> {
  // Only now: the clients take most of a second to load.
  const [{ connectArm }, { AzureTarget, addressesOf }, { isStandIn }, { azureResolver }] = await Promise.all([
    import('../azure/index.js'),
    import('../smoke/targets/azure/target.js'),
    import('../smoke/targets/azure/stand-in.js'),
    import('../client/index.js'),
  ]);
  const hosts = hostsOf(manifest);
  const known = await Promise.all(hosts.map(addressesOf));
  if (hosts.length > 0 && known.every((addresses) => addresses.length === 0)) {
    throw new UsageError(
      `${hosts[0]} is not known here, as all names of ${manifestFile}: they are known and can be reached inside the network of the deployment only; add --in-network to run the suite there, or run it on a machine in that network`,
    );
  }
  const arm = await connectArm();
  const resolve = azureResolver({ credential: arm.credential });
  return new AzureTarget({ manifest, arm, resolve, standIn: await isStandIn(arm) });
}

/** Names that clients connect to. */
function hostsOf({ runtimes, gateway }: Manifest): string[] {
  const active = Object.values(runtimes).filter(({ state }) => state === 'active');
  return [...active, ...(gateway ? [gateway] : [])].flatMap(({ endpoint }) =>
    endpoint.kind === 'dns' ? [endpoint.host] : [],
  );
}
