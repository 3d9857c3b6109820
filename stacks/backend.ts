import { AzurermBackend, GcsBackend, LocalBackend, S3Backend, type TerraformStack } from 'cdktf';

import type { AzurePlan } from '../topology/azure/model.js';
import type { KubernetesPlan } from '../topology/kubernetes.js';

/**
 * Where a stack keeps its state: one key per stack, so that cells never share a state. Paths stay relative, for an
 * absolute one would make the output differ from machine to machine.
 */
export function useBackend(
  stack: TerraformStack,
  stackName: string,
  backend: (KubernetesPlan | AzurePlan)['backend'],
): void {
  const key = `${stackName}.tfstate`;
  switch (backend.type) {
    case 'local':
      new LocalBackend(stack, { path: `${fromStackDirectory(backend.directory)}/${key}` });
      return;
    case 'azurerm':
      new AzurermBackend(stack, {
        resourceGroupName: backend.resourceGroup,
        storageAccountName: backend.storageAccount,
        containerName: backend.container,
        key,
        useAzureadAuth: true,
      });
      return;
    case 's3':
      new S3Backend(stack, {
        bucket: backend.bucket,
        region: backend.region,
        key: join(backend.prefix, key),
        encrypt: true,
      });
      // cdktf 0.21 does not know the lock file of Terraform 1.11.
      stack.addOverride('terraform.backend.s3.use_lockfile', true);
      return;
    case 'gcs':
      new GcsBackend(stack, { bucket: backend.bucket, prefix: join(backend.prefix, stackName) });
      return;
  }
}

/**
 * A path as Terraform sees it, which runs in `cdktf.out/stacks/<stack>`: a relative one is meant from where the
 * project is.
 */
export const fromStackDirectory = (file: string) => (file.startsWith('/') ? file : `../../../${file}`);

const join = (prefix: string, name: string) =>
  prefix === '' ? name : `${prefix.replace(/\/$/, '')}/${name}`;
