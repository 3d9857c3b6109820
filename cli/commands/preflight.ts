import { Command } from 'commander';

import type { PreflightReport } from '../../cluster/index.js';
import type { Finding } from '../../diagnosis/index.js';
import { loadTopology } from '../../stacks/files.js';
import { EXIT_FAILED, UsageError } from '../exit.js';
import { colors, plural, print } from '../output.js';
import type { ClusterFlags } from '../suite-target.js';
import { topologyFile } from '../topology-file.js';

interface PreflightFlags extends ClusterFlags {
  readonly json?: boolean;
}

export function preflightCommand(): Command {
  return new Command('preflight')
    .description('Find out what a deploy to a cluster would stumble over, before anything is written.')
    .argument('[topology]', 'file; default: $TOPOLOGY or topology.yaml')
    .option('--kubeconfig <file>', 'instead of what the topology and $KUBE_CONFIG_PATH tell Terraform')
    .option('--context <name>', 'instead of kubernetes.provider.context')
    .option('--json', 'print cluster and findings as JSON')
    .action(async (argument: string | undefined, { kubeconfig, context, json }: PreflightFlags) => {
      const { plan, file } = await loadTopology(topologyFile(argument));
      if (!plan.kubernetes) {
        throw new UsageError(
          `${file} is for platform ${plan.platform}, which needs no preflight: it is for kubernetes`,
        );
      }
      // Only now: a mistake in the topology should not wait for the client of the cluster to load.
      const { preflight } = await import('../../cluster/index.js');
      const named = {
        ...(kubeconfig !== undefined && { kubeconfig }),
        ...(context !== undefined && { context }),
      };
      const report = await preflight(plan, plan.kubernetes, { named });
      if (json) print(JSON.stringify(report, null, 2));
      else show(report);
      if (report.findings.some(({ level }) => level === 'problem')) process.exitCode = EXIT_FAILED;
    });
}

function show({ cluster, findings, complete }: PreflightReport): void {
  if (cluster) {
    const { server, version, uid, user } = cluster;
    const about = [version && `Kubernetes ${version}`, uid && `uid ${uid}`, user && `as ${user}`];
    print([`cluster ${server}`, ...about.filter((part) => part !== undefined && part !== '')].join(', '));
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  for (const level of ['problem', 'warning'] as const) {
    const color = level === 'problem' ? colors.red : colors.yellow;
    for (const finding of findings) {
      if (finding.level === level) print(`${color(level)} ${finding.message} [${finding.check}]`);
    }
  }
  const verdict =
    count('problem') === 0
      ? 'ready to deploy'
      : `not ready to deploy: ${plural(count('problem'), 'problem')}`;
  const warnings = count('warning') > 0 ? `, ${plural(count('warning'), 'warning')}` : '';
  print(`${verdict}${warnings}${complete ? '' : '; not everything could be looked at'}`);
}
