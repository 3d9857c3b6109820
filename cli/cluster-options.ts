import type { Command } from 'commander';

import type { ClusterOptions } from '../cluster/connection.js';

/** Flags that say which cluster is meant. */
export interface ClusterFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Adds the flags that say which cluster is meant. */
export function withClusterOptions(command: Command): Command {
  return command
    .option(
      '--kubeconfig <file>',
      'default: $KUBECONFIG, $KUBE_CONFIG_PATH, ~/.kube/config, or the pod itself',
    )
    .option('--context <name>', 'context in it; default: the current one');
}

/** Credentials for commands that know a manifest only: those of kubectl, else those of Terraform. */
export function clusterOptions({ kubeconfig, context }: ClusterFlags, env = process.env): ClusterOptions {
  const file = kubeconfig ?? (env.KUBECONFIG ? undefined : env.KUBE_CONFIG_PATH || undefined);
  return { ...(file !== undefined && { kubeconfig: file }), ...(context !== undefined && { context }) };
}
