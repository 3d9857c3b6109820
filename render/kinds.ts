/** How a resource type of the provider is called in Kubernetes. */
export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Class of @kubernetes/client-node that describes its fields. */
  readonly model: string;
}

const kind = (apiVersion: string, name: string): Kind => ({ apiVersion, kind: name, model: `V1${name}` });
const RBAC = 'rbac.authorization.k8s.io/v1';

/**
 * Every resource type that can be rendered, in the order in which it is applied: what others need comes first.
 * Jobs are not here, for the provider gives their pods another restart policy than these tables say.
 */
export const KINDS: Readonly<Record<string, Kind>> = {
  kubernetes_namespace_v1: kind('v1', 'Namespace'),
  kubernetes_priority_class_v1: kind('scheduling.k8s.io/v1', 'PriorityClass'),
  kubernetes_service_account_v1: kind('v1', 'ServiceAccount'),
  kubernetes_resource_quota_v1: kind('v1', 'ResourceQuota'),
  kubernetes_limit_range_v1: kind('v1', 'LimitRange'),
  kubernetes_network_policy_v1: kind('networking.k8s.io/v1', 'NetworkPolicy'),
  kubernetes_cluster_role_v1: kind(RBAC, 'ClusterRole'),
  kubernetes_cluster_role_binding_v1: kind(RBAC, 'ClusterRoleBinding'),
  kubernetes_role_v1: kind(RBAC, 'Role'),
  kubernetes_role_binding_v1: kind(RBAC, 'RoleBinding'),
  kubernetes_config_map_v1: kind('v1', 'ConfigMap'),
  kubernetes_secret_v1: kind('v1', 'Secret'),
  kubernetes_persistent_volume_claim_v1: kind('v1', 'PersistentVolumeClaim'),
  kubernetes_service_v1: kind('v1', 'Service'),
  kubernetes_deployment_v1: kind('apps/v1', 'Deployment'),
  kubernetes_stateful_set_v1: kind('apps/v1', 'StatefulSet'),
  kubernetes_pod_disruption_budget_v1: kind('policy/v1', 'PodDisruptionBudget'),
};

/** Type whose resources are objects of a CRD, as they are. */
export const CUSTOM = 'kubernetes_manifest';

/** Kinds of CRDs that can be rendered. */
export const CUSTOM_KINDS = ['PodMonitor'] as const;

/** Made in place of a Secret, by `--external-secrets`. */
export const EXTERNAL_SECRET = { apiVersion: 'external-secrets.io/v1', kind: 'ExternalSecret' } as const;

/** Order of kinds in a kustomization. */
export const KIND_ORDER: readonly string[] = [
  ...Object.values(KINDS).flatMap(({ kind: name }) =>
    name === 'Secret' ? [name, EXTERNAL_SECRET.kind] : [name],
  ),
  ...CUSTOM_KINDS,
];

/** Arguments of any resource that say how Terraform works, and nothing about the object. */
const TERRAFORM_ONLY = ['//', 'depends_on', 'lifecycle', 'provider', 'timeouts'];

const TERRAFORM_ONLY_OF: Readonly<Record<string, readonly string[]>> = {
  kubernetes_namespace_v1: ['wait_for_default_service_account'],
  kubernetes_persistent_volume_claim_v1: ['wait_until_bound'],
  kubernetes_service_v1: ['wait_for_load_balancer'],
  kubernetes_deployment_v1: ['wait_for_rollout'],
  kubernetes_stateful_set_v1: ['wait_for_rollout'],
  kubernetes_secret_v1: ['wait_for_service_account_token', 'data_wo_revision', 'binary_data_wo_revision'],
};

/** Arguments of a resource that have no place in its manifest; everything else must have one. */
export function terraformOnly(resourceType: string): ReadonlySet<string> {
  return new Set([...TERRAFORM_ONLY, ...(TERRAFORM_ONLY_OF[resourceType] ?? [])]);
}

/**
 * What the provider writes where the configuration says nothing, and the API server would not: by class, an entry for
 * each field. Left out, the rendered object would be another one, mostly a safer one, than Terraform's.
 */
export const PROVIDER_DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  RbacV1Subject: { namespace: 'default' },
  V1PodSpec: { automountServiceAccountToken: true },
  V1PodSecurityContext: { runAsNonRoot: false },
  V1SeccompProfile: { type: 'Unconfined' },
  V1SecurityContext: {
    allowPrivilegeEscalation: true,
    privileged: false,
    readOnlyRootFilesystem: false,
    runAsNonRoot: false,
  },
  V1ServiceAccount: { automountServiceAccountToken: true },
  V1StatefulSetSpec: { revisionHistoryLimit: 0 },
  V1TopologySpreadConstraint: { maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' },
};
