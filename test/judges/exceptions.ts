import type { Finding } from './findings.js';

/** A check of a judge's that we do not follow on objects of a kind. */
export interface Exception extends Pick<Finding, 'judge' | 'check' | 'kind'> {
  /** Only files of objects with this name, as the manifests are called. @default - all objects of the kind */
  readonly named?: string;
  readonly reason: string;
}

/** No more than this, in all judges together. */
export const MOST_EXCEPTIONS = 10;

const ONE_WRITER =
  'a home has one writer, so a runtime is one pod, and a new one waits until the old one has let go of the volume';
const BY_DIGEST =
  'the image is named by digest: what a node has is what would be pulled, even while the registry is down';

export const EXCEPTIONS: readonly Exception[] = [
  { judge: 'kube-score', check: 'deployment-replicas', kind: 'Deployment', reason: ONE_WRITER },
  { judge: 'kube-score', check: 'deployment-strategy', kind: 'Deployment', reason: ONE_WRITER },
  { judge: 'kube-score', check: 'container-image-pull-policy', kind: 'Deployment', reason: BY_DIGEST },
  { judge: 'checkov', check: 'CKV_K8S_15', kind: 'kubernetes_deployment_v1', reason: BY_DIGEST },
  {
    judge: 'kube-score',
    check: 'container-cpu-requests-equal-limits',
    kind: 'Deployment',
    reason: 'a runtime is idle most of the time: it may burst, and the quota holds the requests of a tenant',
  },
  {
    judge: 'kube-score',
    check: 'container-ephemeral-storage-request-equals-limit',
    kind: 'Deployment',
    reason: 'a runtime writes to its volume: /tmp is all but empty, and capped for the rare case',
  },
  {
    judge: 'kube-score',
    check: 'container-resource-requests-equal-limits',
    kind: 'Deployment',
    reason: 'memory is equal, which a check of its own sees to; CPU and ephemeral storage see there',
  },
  {
    judge: 'kube-score',
    check: 'deployment-has-host-podantiaffinity',
    kind: 'Deployment',
    named: 'gateway',
    reason: 'gateways are spread over nodes by topologySpreadConstraints, which this judge does not know',
  },
  {
    judge: 'checkov',
    check: 'CKV_K8S_38',
    kind: 'Deployment',
    named: 'gateway',
    reason:
      "the gateway follows the Secrets with tenants' tokens, so that they come and go without a restart",
  },
  {
    judge: 'checkov',
    check: 'CKV2_K8S_5',
    kind: 'RoleBinding',
    named: 'gateway',
    reason: 'rights do not know labels: it may read its own namespace, whose tokens it holds anyway',
  },
];
