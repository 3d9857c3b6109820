import { DataKubernetesNamespaceV1 } from '@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1/index.js';
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider/index.js';
import { TerraformStack, type App } from 'cdktf';
import type { Construct } from 'constructs';

import { RandomProvider } from '../constructs/common/ephemeral.js';
import { escapeTemplates } from '../constructs/common/escape.js';
import { kubernetesSettings } from '../constructs/kubernetes/plan-props.js';
import { IsolatedTopology, SharedTopology } from '../constructs/kubernetes/topologies.js';
import { BASE_CELL } from '../topology/names.js';
import { stackCells, type Plan } from '../topology/plan.js';

import { fromStackDirectory, useBackend } from './backend.js';
import { REQUIRED_VERSION } from './required-version.js';

/** The stacks of a plan for Kubernetes: one of what is shared, and one per cell. */
export function buildKubernetesStacks(app: App, plan: Plan): KubernetesStack[] {
  return stackCells(plan).map((cell) => new KubernetesStack(app, plan, cell));
}

/** The stack of a cell: `<name>-base` with the pool, or `<name>-<cell>` with the cell's dedicated tenants. */
export class KubernetesStack extends TerraformStack {
  constructor(scope: Construct, plan: Plan, cell: string) {
    const name = `${plan.name}-${cell}`;
    super(scope, name);
    const settings = escapeTemplates(kubernetesSettings(plan));
    useBackend(this, name, settings.backend);
    this.addOverride('terraform.required_version', REQUIRED_VERSION);

    const { kubeconfig, context, inCluster, exec } = settings.provider;
    new KubernetesProvider(this, 'kubernetes', {
      // Inside a pod the provider finds its own service account once no kubeconfig is named, not even by KUBE_CONFIG_PATH.
      ...(inCluster && { configPath: '' }),
      ...(kubeconfig !== undefined && {
        configPath: kubeconfig.startsWith('~') ? kubeconfig : fromStackDirectory(kubeconfig),
      }),
      ...(context !== undefined && { configContext: context }),
      ...(exec && {
        host: exec.host,
        clusterCaCertificate: exec.clusterCaCertificate,
        exec: [
          { apiVersion: 'client.authentication.k8s.io/v1', command: exec.command, args: [...exec.args] },
        ],
      }),
    });
    new RandomProvider(this, 'random');
    // Qualified, so that OpenTofu and mirrors find the same providers.
    this.addOverride('terraform.required_providers.kubernetes.source', 'hashicorp/kubernetes');
    if (settings.clusterUid !== undefined) guardCluster(this, settings.clusterUid);

    if (cell === BASE_CELL) new SharedTopology(this, 'Shared', { plan });
    else new IsolatedTopology(this, 'Dedicated', { plan, cell });
  }

  // No stack refers to another one, and the default would resolve every element a second time to find that out.
  override prepareStack(): void {
    this.ensureBackendExists();
  }
}

/** Refuses every cluster but one: an endpoint that answers 404 looks like an empty cluster to the provider. */
function guardCluster(stack: TerraformStack, uid: string): void {
  new DataKubernetesNamespaceV1(stack, 'Cluster', {
    metadata: { name: 'kube-system' },
    lifecycle: {
      postcondition: [
        {
          condition: `\${try(self.metadata[0].uid, "") == "${uid}"}`,
          errorMessage: `this is not the cluster ${uid}: see kubeconfig and context`,
        },
      ],
    },
  });
}
