import { Command } from 'commander';

import { withClusterOptions } from '../cluster-options.js';
import { untilInterrupted } from '../interrupt.js';
import { openDeployment, prepareSuite, proveDeployment, type SuiteFlags } from '../suite-run.js';
import type { ClusterFlags } from '../suite-target.js';

/** Adds the options that say how the suite runs. */
export function withSuiteOptions(command: Command): Command {
  return command
    .option('--only <ids>', 'checks to run, separated by commas')
    .option('--report <dir>', 'write report.html, report.json and junit.xml there')
    .option('--exhaustive', 'wait for long idle timeouts, and try all pairs of a large deployment')
    .option('--undisturbed', 'leave out the checks that restart a runtime')
    .option('--strict', 'fail on a skipped check too');
}

export function smokeCommand(): Command {
  return withSuiteOptions(
    withClusterOptions(
      new Command('smoke')
        .description('Prove that the tenants of a running deployment are isolated.')
        .requiredOption('--manifest <file>', 'deployment manifest, as "up" or "cdktf synth" wrote it'),
    ),
  ).action(async ({ manifest, ...flags }: SuiteFlags & ClusterFlags & { manifest: string }) => {
    const { kubeconfig, context } = flags;
    const options = await prepareSuite(flags);
    const deployment = await openDeployment(manifest, {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    });
    const { signal } = untilInterrupted();
    process.exitCode = await proveDeployment(deployment, { ...options, signal }, flags);
  });
}
