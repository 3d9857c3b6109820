import os from 'node:os';
import path from 'node:path';

import type { KubernetesPlan } from '../../topology/kubernetes.js';
import { connectCluster, type Cluster, type ClusterOptions } from '../connection.js';
import { ClusterError } from '../errors.js';

/** Cluster that is named by hand, for who does not deploy with Terraform. */
export type NamedCluster = Pick<ClusterOptions, 'kubeconfig' | 'context'>;

/**
 * Reads the credentials that Terraform will use, from where Terraform reads them.
 *
 * @throws {ClusterError} when Terraform would find none: its provider then silently takes http://localhost for the
 * cluster
 */
export function connectAsTerraform(
  { provider }: Pick<KubernetesPlan, 'provider'>,
  named: NamedCluster = {},
  env: NodeJS.ProcessEnv = process.env,
): Cluster {
  if (named.kubeconfig !== undefined) return connectCluster(named);
  const { exec, inCluster } = provider;
  if (exec) return connectCluster({ exec });
  if (inCluster) return connectCluster({ inCluster });
  const context = named.context ?? provider.context ?? (env.KUBE_CTX || undefined);
  const files = env.KUBE_CONFIG_PATHS?.split(path.delimiter).filter((file) => file !== '') ?? [];
  if (provider.kubeconfig === undefined && !env.KUBE_CONFIG_PATH && files.length > 1) {
    throw new ClusterError(
      `KUBE_CONFIG_PATHS names ${files.length} files, which cannot be checked together: name one in kubernetes.provider.kubeconfig`,
    );
  }
  const kubeconfig = provider.kubeconfig ?? (env.KUBE_CONFIG_PATH || files[0]);
  if (kubeconfig === undefined) {
    throw new ClusterError(
      env.KUBECONFIG
        ? 'KUBECONFIG is set, which Terraform does not read: set KUBE_CONFIG_PATH as well, or kubernetes.provider.kubeconfig'
        : 'no kubeconfig is named, and Terraform would silently take http://localhost for the cluster: set KUBE_CONFIG_PATH, or kubernetes.provider.kubeconfig',
    );
  }
  return connectCluster({ kubeconfig: fromHome(kubeconfig), ...(context !== undefined && { context }) });
}

const fromHome = (file: string) => file.replace(/^~(?=\/|$)/, os.homedir());
