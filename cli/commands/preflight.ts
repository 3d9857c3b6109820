import { Command } from 'commander';

import type { AzurePreflightReport } from '../../azure/index.js';
import type { PreflightReport } from '../../cluster/index.js';
import type { Finding } from '../../diagnosis/index.js';
import { loadTopology } from '../../stacks/files.js';
import { synthesisedGroups } from '../../stacks/synthesised-groups.js';
import type { Plan } from '../../topology/index.js';
import { EXIT_FAILED, UsageError } from '../exit.js';
import { colors, plural, print } from '../output.js';
import type { ClusterFlags } from '../suite-target.js';
import { topologyFile } from '../topology-file.js';

interface PreflightFlags extends ClusterFlags {
  readonly json?: boolean;
}

export function preflightCommand(): Command {
  return new Command('preflight')
    .description(
      'Find out what a deploy to a cluster or Azure would stumble over, before anything is written.',
    )
    .argument('[topology]', 'file; default: $TOPOLOGY or topology.yaml')
    .option('--kubeconfig <file>', 'instead of what the topology and $KUBE_CONFIG_PATH tell Terraform')
    .option('--context <name>', 'instead of kubernetes.provider.context')
    .option('--json', 'print where it goes and findings as JSON')
    .action(async (argument: string | undefined, { kubeconfig, context, json }: PreflightFlags) => {
      const { plan, file } = await loadTopology(topologyFile(argument));
      const report = await lookAhead(plan, { kubeconfig, context }, file);
      if (json) print(JSON.stringify(report, null, 2));
      else show(report);
      if (report.findings.some(({ level }) => level === 'problem')) process.exitCode = EXIT_FAILED;
    });
}

/** Loads a client only now: a mistake in the topology should not wait for it. */
async function lookAhead(
  plan: Plan,
  { kubeconfig, context }: ClusterFlags,
  file: string,
): Promise<PreflightReport | AzurePreflightReport> {
  if (plan.kubernetes) {
    const { preflight } = await import('../../cluster/index.js');
    const named = {
      ...(kubeconfig !== undefined && { kubeconfig }),
      ...(context !== undefined && { context }),
    };
    return preflight(plan, plan.kubernetes, { named });
  }
  if (plan.azure) {
    const [{ preflight }, groups] = await Promise.all([
      import('../../azure/index.js'),
      synthesisedGroups(process.env.CDKTF_OUTDIR ?? 'cdktf.out'),
    ]);
    return preflight(plan, plan.azure, { addressOf: (group) => groups.get(group) });
  }
  throw new UsageError(
    `${file} is for platform ${plan.platform}, which needs no preflight: it is for kubernetes and azure`,
  );
}

/** Where a deploy would go, and as whom. */
function headline(report: PreflightReport | AzurePreflightReport): string | undefined {
  if ('cluster' in report && report.cluster) {
    const { server, version, uid, user } = report.cluster;
    const about = [version && `Kubernetes ${version}`, uid && `uid ${uid}`, user && `as ${user}`];
    return [`cluster ${server}`, ...about.filter((part) => part !== undefined && part !== '')].join(', ');
  }
  if ('azure' in report && report.azure) {
    const { subscription, name, tenant } = report.azure;
    const about = [name, tenant && `tenant ${tenant}`].filter((part) => part !== undefined);
    return [`subscription ${subscription}`, ...about].join(', ');
  }
  return undefined;
}

function show(report: PreflightReport | AzurePreflightReport): void {
  const { findings, complete } = report;
  const first = headline(report);
  if (first !== undefined) print(first);
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
