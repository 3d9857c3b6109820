import { InputError, type Manifest, type SmokeGroup } from '../topology/index.js';

import { UsageError } from './exit.js';
import { presentRun, readManifest, suiteArguments, type SuiteFlags } from './suite-run.js';

interface NetworkFlags extends SuiteFlags {
  readonly manifest: string;
}

/** Has the suite run in the network, and shows its progress and report as if it ran here. @returns the exit code */
export async function proveInNetwork(flags: NetworkFlags, signal: AbortSignal): Promise<number> {
  const manifest = await readManifest(flags.manifest);
  const place = placeOf(manifest, flags.manifest);
  const [{ connectArm }, { runInNetwork }] = await Promise.all([
    import('../azure/index.js'),
    import('../smoke/job/azure/run.js'),
  ]);
  const arm = await connectArm();
  return presentRun(flags, (onProgress) =>
    runInNetwork({
      arm,
      place,
      topology: manifest.name,
      manifestText: JSON.stringify(manifest),
      args: suiteArguments(flags),
      signal,
      onProgress,
    }),
  );
}

function placeOf({ platform, smokeGroup }: Manifest, file: string): SmokeGroup {
  if (platform !== 'azure') {
    throw new UsageError(
      `--in-network is for platform azure, and ${file} is of platform ${platform}: leave it out`,
    );
  }
  if (smokeGroup) return smokeGroup;
  throw new InputError(file, [
    {
      path: ['smokeGroup'],
      message:
        'is missing, and with it where the suite may run and as whom: set azure.smokeSubnetId (or azure.network.smokeSubnet) in the topology and deploy',
    },
  ]);
}
