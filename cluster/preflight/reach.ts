import { Findings, type Finding } from '../../diagnosis/index.js';
import { describeApiError, inTime, statusOf } from '../api-error.js';
import type { Cluster } from '../connection.js';

/** Who answers, and as whom we are known there. */
export interface Identity {
  readonly server: string;
  readonly version?: string;
  /** UID of kube-system, which is that of the cluster. */
  readonly uid?: string;
  readonly user?: string;
}

export interface Reach {
  readonly identity: Identity;
  readonly findings: readonly Finding[];
  /** Asking further makes sense. */
  readonly answers: boolean;
}

/** Is there a Kubernetes API, does it know us, and is it the right one? */
export async function reach(cluster: Cluster, clusterUid: string | undefined): Promise<Reach> {
  const server = cluster.config.getCurrentCluster()?.server ?? '';
  const findings = new Findings('cluster');
  let version: string | undefined;
  try {
    ({ gitVersion: version } = await inTime(cluster.version.getCode()));
    if (!version) throw new Error('its answer has no version');
  } catch (error) {
    findings.problem(`${server} ${whyNot(error)}`);
    return { identity: { server }, findings: findings.list, answers: false };
  }
  const user = await whoAmI(cluster);
  const known = { server, version, ...(user !== undefined && { user }) };
  try {
    const { metadata } = await inTime(cluster.core.readNamespace({ name: 'kube-system' }));
    const uid = metadata?.uid ?? '';
    if (clusterUid !== undefined && uid !== clusterUid) {
      findings.problem(
        `${server} is the cluster ${uid}, but kubernetes.clusterUid says ${clusterUid}: check kubeconfig and context`,
      );
    } else if (clusterUid === undefined) {
      findings.warning(
        `no cluster is pinned: kubernetes.clusterUid: ${uid} makes Terraform refuse every other one`,
      );
    }
    return { identity: { ...known, uid }, findings: findings.list, answers: true };
  } catch (error) {
    const status = statusOf(error);
    if (status !== 403) {
      findings.problem(`${server} ${whyNot(error)}`);
      return { identity: known, findings: findings.list, answers: false };
    }
    const denied = `which cluster ${server} is cannot be told: allow "get" on the namespace kube-system`;
    if (clusterUid === undefined) findings.warning(denied);
    else findings.problem(`${denied}, which Terraform needs for kubernetes.clusterUid`);
    return { identity: known, findings: findings.list, answers: true };
  }
}

/** Since Kubernetes 1.28; before, the name is simply not known. */
async function whoAmI({ authentication }: Cluster): Promise<string | undefined> {
  const call = authentication.createSelfSubjectReview({
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return inTime(call).then(
    ({ status }) => status?.userInfo?.username,
    () => undefined,
  );
}

/** Why there is no talking to an endpoint, with what to do. */
function whyNot(error: unknown): string {
  const status = statusOf(error);
  const said = describeApiError(error);
  if (status === undefined) return SILENCE.find(([matches]) => matches.test(said))![1](said);
  return (
    ANSWERS[status] ?? `answers ${said}: check the server in the kubeconfig, and the health of the API server`
  );
}

const ANSWERS: Readonly<Record<number, string>> = {
  401: 'does not know the credentials (401): they are wrong or expired, so log in again',
  403: 'refuses even to tell its version (403): use the credentials of the deployer',
  404: 'answers 404, so it is not a Kubernetes API (Terraform would take it for an empty cluster): check the server in the kubeconfig',
};

/** What the system says where there is no answer; the last one matches everything. */
const SILENCE: readonly (readonly [RegExp, (said: string) => string])[] = [
  [
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ECONNRESET|no answer within/,
    (said) => `cannot be reached (${said}): check the server in the kubeconfig, the network and the VPN`,
  ],
  [
    /HTTP protocol is not allowed/,
    () =>
      'is asked without TLS, so that anybody on the way reads the credentials: use https in the kubeconfig',
  ],
  [
    /EPROTO|wrong version number/,
    (said) => `does not speak TLS (${said}): check the server in the kubeconfig`,
  ],
  [
    /certificate|altname|self.signed/i,
    (said) =>
      `has a certificate that is not trusted (${said}): check certificate-authority-data in the kubeconfig`,
  ],
  [
    /exec|spawn|plugin|ENOENT/i,
    (said) => `cannot be asked, for the credential plugin fails (${said}): install it, or log in with it`,
  ],
  [/^/, (said) => `does not answer like a Kubernetes API (${said}): check the server in the kubeconfig`],
];
