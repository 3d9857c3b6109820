import { Command } from 'commander';

import { withClusterOptions } from '../cluster-options.js';
import { UsageError } from '../exit.js';
import { untilInterrupted } from '../interrupt.js';
import { oldTokenFile } from '../old-tokens.js';
import { proveInNetwork } from '../suite-group.js';
import { proveInCluster } from '../suite-job.js';
import { openDeployment, prepareSuite, proveDeployment, type SuiteFlags } from '../suite-run.js';
import type { ClusterFlags } from '../suite-target.js';

/** Adds the options that say how the suite runs. */
export function withSuiteOptions(command: Command): Command {
  return command
    .option('--only <ids>', 'checks to run, separated by commas')
    .option('--tenant <ids>', 'only what these tenants do and what is done to them, separated by commas')
    .option('--report <dir>', 'write report.html, report.json and junit.xml there')
    .option(
      '--old-token <tenant=file>',
      'a token from before a rotation, which must be refused; repeatable',
      oldTokenFile,
    )
    .option('--exhaustive', 'wait for long idle timeouts, and try all pairs of a large deployment')
    .option('--undisturbed', 'leave out the checks that disturb whoever works there')
    .option('--strict', 'fail on a skipped check too');
}

interface SmokeFlags extends SuiteFlags, ClusterFlags {
  readonly manifest: string;
  readonly inCluster?: boolean;
  readonly inNetwork?: boolean;
  readonly namespace?: string;
}

export function smokeCommand(): Command {
  return withSuiteOptions(
    withClusterOptions(
      new Command('smoke')
        .description('Prove that the tenants of a running deployment are isolated.')
        .requiredOption('--manifest <file>', 'deployment manifest, as "up" or "cdktf synth" wrote it'),
    )
      .option('--in-cluster', 'run the suite as a Job in the cluster (kubernetes.smokeIdentity)')
      .option('--in-network', 'run the suite in a container group in the network (azure.smokeSubnetId)')
      .option('--namespace <name>', 'namespace of the Job; default: the one that the manifest names')
      .option('--events', 'print progress and report as JSON lines, for programs'),
  ).action(async (flags: SmokeFlags) => {
    if (flags.oldToken && (flags.inCluster || flags.inNetwork)) {
      throw new UsageError(
        `--old-token cannot go with ${flags.inCluster ? '--in-cluster' : '--in-network'}, for the token would have to be stored to be sent: leave that out, and run --only old-token-refused from a machine that reaches the deployment`,
      );
    }
    const options = await prepareSuite(flags);
    const { signal } = untilInterrupted();
    if (flags.inCluster) process.exitCode = await proveInCluster(flags, signal);
    else if (flags.inNetwork) process.exitCode = await proveInNetwork(flags, signal);
    else {
      const deployment = await openDeployment(flags.manifest, flags);
      process.exitCode = await proveDeployment(deployment, { ...options, signal }, flags);
    }
  });
}
