import type { Command } from 'commander';

/** Adds the flags that say which cluster is meant. */
export function withClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'credentials of the cluster; default: $KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'context in the kubeconfig; default: the current one');
}
