import type { Finding } from './findings.js';

/** A check of a judge's that we do not follow on objects of a kind. */
export interface Exception extends Pick<Finding, 'judge' | 'check' | 'kind'> {
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
];
