import { writeFile } from 'node:fs/promises';

import { KubeConfig } from '@kubernetes/client-node';

import type { Environment } from './environment.js';

/** Whose credentials a kubeconfig has. */
export interface Holder {
  readonly token: string;
  /** It says how to know the API server. @default true */
  readonly trusting?: boolean;
}

/** Writes a kubeconfig for the cluster of the tests, with the credentials of somebody. @returns its path */
export async function writeKubeconfig(
  { cluster }: Environment,
  file: string,
  { token, trusting = true }: Holder,
): Promise<string> {
  const known = cluster.config.getCurrentCluster()!;
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    trusting ? known : { name: known.name, server: known.server, skipTLSVerify: false },
    {
      name: 'holder',
      token,
    },
  );
  await writeFile(file, config.exportConfig(), { mode: 0o600 });
  return file;
}
