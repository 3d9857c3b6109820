import { randomBytes } from 'node:crypto';
import path from 'node:path';

import type { Environment } from './environment.js';
import { writeKubeconfig } from './kubeconfig.js';

/**
 * Credentials of a new service account that may get, list and create these resources in a namespace, and nothing else.
 *
 * @returns path of a kubeconfig in the folder; the account goes with the namespace
 */
export async function limitedKubeconfig(
  environment: Environment,
  namespace: string,
  folder: string,
  resources: readonly string[],
): Promise<string> {
  const { cluster } = environment;
  const name = `limited-${randomBytes(4).toString('hex')}`;
  const metadata = { name, namespace };
  await cluster.core.createNamespacedServiceAccount({ namespace, body: { metadata } });
  const rules = resources.map((resource) => ({
    apiGroups: [''],
    resources: [resource],
    verbs: ['get', 'list', 'create'],
  }));
  await cluster.rbac.createNamespacedRole({ namespace, body: { metadata, rules } });
  await cluster.rbac.createNamespacedRoleBinding({
    namespace,
    body: {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  });
  const { status } = await cluster.core.createNamespacedServiceAccountToken({
    namespace,
    name,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  return writeKubeconfig(environment, path.join(folder, `${name}.kubeconfig`), { token: status!.token });
}
