import type { Finding } from './findings.js';

/** A flaw put into one object, and who must find it. */
export interface Sabotage {
  readonly flaw: string;
  readonly kind: string;
  readonly edit: (object: Tree) => void;
  /** Check by judge. */
  readonly caught: Readonly<Partial<Record<Finding['judge'], string>>>;
}

/** An object of which no more is known than that the edit fits; where it does not, the edit throws. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Tree = any;

const container = (deployment: Tree): Tree => deployment.spec.template.spec.containers[0];

export const IN_MANIFESTS: readonly Sabotage[] = [
  {
    flaw: 'a field that there is not',
    kind: 'Deployment',
    edit: (it) => (container(it).securityContext.readOnlyRootFileSystem = true),
    caught: { kubeconform: 'statusInvalid' },
  },
  {
    flaw: 'a text for a number',
    kind: 'Deployment',
    edit: (it) => (it.spec.replicas = '1'),
    caught: { kubeconform: 'statusInvalid' },
  },
  {
    flaw: 'a quantity that is none',
    kind: 'PersistentVolumeClaim',
    edit: (it) => (it.spec.resources.requests.storage = '5 GB'),
    caught: { kubeconform: 'statusInvalid' },
  },
  {
    flaw: 'a missing field',
    kind: 'RoleBinding',
    edit: (it) => delete it.roleRef,
    caught: { kubeconform: 'statusInvalid' },
  },
  {
    flaw: 'a kind that there is not',
    kind: 'NetworkPolicy',
    edit: (it) => (it.apiVersion = 'networking.k8s.io/v2'),
    caught: { kubeconform: 'statusError' },
  },
  {
    flaw: 'a privileged container',
    kind: 'Deployment',
    edit: (it) => (container(it).securityContext.privileged = true),
    caught: { 'kube-score': 'container-security-context-privileged', checkov: 'CKV_K8S_16' },
  },
  {
    flaw: 'no memory limit',
    kind: 'Deployment',
    edit: (it) => delete container(it).resources.limits.memory,
    caught: { 'kube-score': 'container-resources', checkov: 'CKV_K8S_13' },
  },
  {
    flaw: 'a root filesystem that can be written',
    kind: 'Deployment',
    edit: (it) => (container(it).securityContext.readOnlyRootFilesystem = false),
    caught: { 'kube-score': 'container-security-context-readonlyrootfilesystem', checkov: 'CKV_K8S_22' },
  },
  {
    flaw: 'root as user',
    kind: 'Deployment',
    edit: (it) => {
      for (const at of [container(it), it.spec.template.spec])
        Object.assign(at.securityContext, { runAsNonRoot: false, runAsUser: 0 });
    },
    caught: { 'kube-score': 'container-security-context-user-group-id', checkov: 'CKV_K8S_23' },
  },
  {
    flaw: 'no seccomp profile',
    kind: 'Deployment',
    edit: (it) => {
      for (const at of [container(it), it.spec.template.spec]) delete at.securityContext.seccompProfile;
    },
    caught: { 'kube-score': 'container-seccomp-profile', checkov: 'CKV_K8S_31' },
  },
  {
    flaw: 'the network of the node',
    kind: 'Deployment',
    edit: (it) => (it.spec.template.spec.hostNetwork = true),
    caught: { checkov: 'CKV_K8S_19' },
  },
  {
    flaw: 'a service-account token in the pod',
    kind: 'Deployment',
    edit: (it) => (it.spec.template.spec.automountServiceAccountToken = true),
    caught: { checkov: 'CKV_K8S_38' },
  },
  {
    flaw: 'a Service for pods that there are not',
    kind: 'Service',
    edit: (it) => (it.spec.selector = { app: 'elsewhere' }),
    caught: { 'kube-score': 'service-targets-pod' },
  },
];

const terraformContainer = (deployment: Tree): Tree => deployment.spec.template.spec.container[0];

export const IN_STACKS: readonly Sabotage[] = [
  {
    flaw: 'a privileged container',
    kind: 'kubernetes_deployment_v1',
    edit: (it) => (terraformContainer(it).security_context.privileged = true),
    caught: { checkov: 'CKV_K8S_16' },
  },
  {
    flaw: 'no memory limit',
    kind: 'kubernetes_deployment_v1',
    edit: (it) => delete terraformContainer(it).resources.limits.memory,
    caught: { checkov: 'CKV_K8S_12' },
  },
  {
    flaw: 'an image by tag',
    kind: 'kubernetes_deployment_v1',
    edit: (it) => (terraformContainer(it).image = 'registry.example.com/copilot-runtimes:1.0'),
    caught: { checkov: 'CKV_K8S_43' },
  },
  {
    flaw: 'a wildcard role',
    kind: 'kubernetes_role_v1',
    edit: (it) => (it.rule[0].verbs = ['*']),
    caught: { checkov: 'CKV_K8S_49' },
  },
];
