import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1/index.js';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1/index.js';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1/index.js';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { SMOKE_POD_LABELS } from '../../topology/kubernetes.js';

import { ANY_GATEWAY, ANY_RUNTIME, MANAGED_BY, POD_SECURITY } from '../../topology/labels.js';
import { digits } from '../common/validation.js';
import { DNS_EGRESS, ingressFrom } from './network.js';
import { JOB_RULES, PORT_FORWARD_RULES, suiteRules, type Rule } from './smoke-rules.js';

/** Who may run the smoke suite. */
export interface SmokeSubjects {
  /** Namespace and service account of the suite's Job. @default - no Job may run it */
  readonly job?: { readonly namespace: string; readonly serviceAccount: string };
  /** @default - none */
  readonly users?: readonly string[];
  /** @default - none */
  readonly groups?: readonly string[];
}

interface Common {
  readonly subjects: SmokeSubjects;
  /** Port of the runtimes. @default 4321 */
  readonly port?: number;
  /** Port of the gateway. @default - there is none */
  readonly gatewayPort?: number;
  /** Added to every object. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

export type SmokeIdentityProps = Common;

export interface SmokeAccessProps extends Common {
  /** Namespace with runtimes. */
  readonly namespace: string;
  /** Secrets that the suite reads. */
  readonly secrets: readonly string[];
}

const RBAC = 'rbac.authorization.k8s.io';

type Subject = { kind: string; name: string; namespace?: string; apiGroup?: string };

const people = ({ users = [], groups = [] }: SmokeSubjects): Subject[] => [
  ...users.map((name) => ({ kind: 'User', name, apiGroup: RBAC })),
  ...groups.map((name) => ({ kind: 'Group', name, apiGroup: RBAC })),
];

const jobs = ({ job }: SmokeSubjects): Subject[] =>
  job ? [{ kind: 'ServiceAccount', name: job.serviceAccount, namespace: job.namespace }] : [];

const podsAnywhere = (labels: Readonly<Record<string, string>>, port: number) => ({
  to: [{ namespaceSelector: {}, podSelector: { matchLabels: { ...labels } } }],
  ports: [{ protocol: 'TCP', port: digits(port) }],
});

/** A Role and who has it; nothing where nobody does. */
function grant(
  scope: Construct,
  id: string,
  metadata: { namespace: string; name: string; labels: Record<string, string> },
  rules: readonly Rule[],
  subject: Subject[],
  after: readonly ITerraformDependable[],
): void {
  if (subject.length === 0) return;
  const role = new RoleV1(scope, `${id}Role`, { metadata, rule: [...rules], dependsOn: [...after] });
  new RoleBindingV1(scope, `${id}RoleBinding`, {
    metadata,
    roleRef: { apiGroup: RBAC, kind: 'Role', name: metadata.name },
    subject,
    dependsOn: [role],
  });
}

/** Where the smoke suite runs as a Job: a namespace and a service account of its own. */
export class SmokeIdentity extends Construct {
  constructor(scope: Construct, id: string, props: SmokeIdentityProps) {
    super(scope, id);
    const { subjects, port = 4321, gatewayPort, labels = {} } = props;
    const { job } = subjects;
    if (!job) return;
    const all = { ...labels, ...MANAGED_BY };
    const namespace = new NamespaceV1(this, 'Resource', {
      metadata: { name: job.namespace, labels: { ...all, ...POD_SECURITY } },
      timeouts: { delete: '5m' },
    });
    const metadata = (name: string) => ({ namespace: job.namespace, name, labels: all });
    const after = [namespace];
    new ServiceAccountV1(this, 'ServiceAccount', {
      metadata: metadata(job.serviceAccount),
      automountServiceAccountToken: false,
      dependsOn: after,
    });
    new NetworkPolicyV1(this, 'DenyAll', {
      metadata: metadata('deny-all'),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      dependsOn: after,
    });
    new NetworkPolicyV1(this, 'Egress', {
      metadata: metadata('smoke-egress'),
      spec: {
        podSelector: { matchLabels: { ...SMOKE_POD_LABELS } },
        policyTypes: ['Egress'],
        egress: [
          DNS_EGRESS,
          podsAnywhere(ANY_RUNTIME, port),
          ...(gatewayPort === undefined ? [] : [podsAnywhere(ANY_GATEWAY, gatewayPort)]),
          // The API server has another address and port on every cluster.
          { ports: ['443', '6443'].map((each) => ({ protocol: 'TCP', port: each })) },
        ],
      },
      dependsOn: after,
    });
    grant(this, 'Runner', metadata('smoke-runner'), JOB_RULES, people(subjects), after);
  }
}

/** What the smoke suite may do in one namespace with runtimes, and its way in. */
export class SmokeAccess extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { subjects, namespace, secrets, port = 4321, gatewayPort, labels = {} }: SmokeAccessProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    const metadata = (name: string) => ({ namespace, name, labels: { ...labels, ...MANAGED_BY } });
    const everybody = [...jobs(subjects), ...people(subjects)];
    grant(this, 'Suite', metadata('smoke'), suiteRules(secrets), everybody, after);
    grant(this, 'Forward', metadata('smoke-forward'), PORT_FORWARD_RULES, people(subjects), after);
    const { job } = subjects;
    const admit = (policy: string, name: string, pods: Readonly<Record<string, string>>, to: number) => {
      const ingress = ingressFrom(
        job ? [{ namespace: job.namespace, podSelector: SMOKE_POD_LABELS }] : [],
        to,
      );
      if (!ingress) return;
      new NetworkPolicyV1(this, policy, {
        metadata: metadata(name),
        spec: { podSelector: { matchLabels: { ...pods } }, policyTypes: ['Ingress'], ingress },
        dependsOn: [...after],
      });
    };
    admit('Ingress', 'smoke', ANY_RUNTIME, port);
    if (gatewayPort !== undefined) admit('GatewayIngress', 'smoke-gateway', ANY_GATEWAY, gatewayPort);
  }
}
