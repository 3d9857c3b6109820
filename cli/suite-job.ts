import { InputError, type Manifest, type SmokeJob } from '../topology/index.js';
import { SMOKE_ACCOUNT } from '../topology/kubernetes.js';

import { UsageError } from './exit.js';
import { presentRun, readManifest, suiteArguments, type SuiteFlags } from './suite-run.js';
import { openCluster, type ClusterFlags } from './suite-target.js';

interface JobFlags extends SuiteFlags, ClusterFlags {
  readonly manifest: string;
  readonly namespace?: string;
}

/** Has the suite run in the cluster, and shows its progress and report as if it ran here. @returns the exit code */
export async function proveInCluster(flags: JobFlags, signal: AbortSignal): Promise<number> {
  const manifest = await readManifest(flags.manifest);
  const place = placeOf(manifest, flags);
  const cluster = await openCluster(flags);
  const { runInCluster } = await import('../smoke/job/run.js');
  return presentRun(flags, (onProgress) =>
    runInCluster({
      cluster,
      place,
      manifestText: JSON.stringify(manifest),
      args: suiteArguments(flags),
      signal,
      onProgress,
    }),
  );
}

function placeOf(manifest: Manifest, { manifest: file, namespace }: JobFlags): SmokeJob {
  if (manifest.platform !== 'kubernetes') {
    throw new UsageError(
      `--in-cluster is for platform kubernetes, and ${file} is of platform ${manifest.platform}: leave it out`,
    );
  }
  const image = Object.values(manifest.runtimes).find(({ expect }) => expect.pod)?.expect.pod?.image;
  const place =
    manifest.smokeJob ??
    (namespace !== undefined && image !== undefined && { serviceAccount: SMOKE_ACCOUNT, image, namespace });
  if (place) return { ...place, ...(namespace !== undefined && { namespace }) };
  throw new InputError(file, [
    {
      path: ['smokeJob'],
      message:
        'is missing, and with it who the Job may be: set kubernetes.smokeIdentity in the topology and deploy, or name a --namespace with a service account "smoke"',
    },
  ]);
}
