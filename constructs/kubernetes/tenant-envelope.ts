import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1/index.js';
import { LimitRangeV1 } from '@cdktf/provider-kubernetes/lib/limit-range-v1/index.js';
import { NamespaceV1 } from '@cdktf/provider-kubernetes/lib/namespace-v1/index.js';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';
import { ResourceQuotaV1 } from '@cdktf/provider-kubernetes/lib/resource-quota-v1/index.js';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1/index.js';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1/index.js';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { ANY_RUNTIME, MANAGED_BY, POD_SECURITY } from '../../topology/labels.js';
import { digits, isKnown, validateProps, within, type PropRule } from '../common/validation.js';
import { ingressFrom } from './network.js';
import { cpu, kubernetesName } from './rules.js';

/** A workload that may use the tenant's runtime. */
export interface TenantClient {
  readonly namespace: string;
  /** May read the connection token and the tenant's slice of the manifest. */
  readonly serviceAccount: string;
  /** Pods that may connect. @default - all pods of the namespace */
  readonly podSelector?: Readonly<Record<string, string>>;
}

export interface TenantEnvelopeProps {
  readonly namespace: string;
  /** The namespace is there already and belongs to somebody else: it is neither created nor changed. @default false */
  readonly existingNamespace?: boolean;
  /** Nothing but the namespace remains when retired. @default active */
  readonly state?: 'active' | 'suspended' | 'retired';
  /** @default - nobody */
  readonly clients?: readonly TenantClient[];
  /** Pods that clients may connect to. @default - all runtimes of the namespace */
  readonly runtimeSelector?: Readonly<Record<string, string>>;
  /** @default 4321 */
  readonly port?: number;
  /** Secrets that clients may read, e.g. the one with the connection token. @default - none */
  readonly readableSecrets?: readonly string[];
  /** The tenant's slice of the deployment manifest, which clients may read. @default - none */
  readonly manifestJson?: string;
  /** CPU that all pods of the tenant may request together. @default 1 */
  readonly quotaCpu?: string;
  /** Memory that all pods of the tenant may have together, in MiB. @default 2048 */
  readonly quotaMemoryMiB?: number;
  /** Pods at most. @default 4 */
  readonly quotaPods?: number;
  /** `retain` refuses to destroy the namespace, which would take the volumes along. @default retain */
  readonly retention?: 'retain' | 'delete';
  /** Added to every object. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** ConfigMap and key that hold a tenant's slice of the manifest. */
export const MANIFEST_CONFIG_MAP = 'copilot-runtimes';
export const MANIFEST_KEY = 'manifest.json';

const SYSTEM_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

const RULES: readonly PropRule<TenantEnvelopeProps>[] = [
  kubernetesName('namespace', (props) => props.namespace),
  cpu('quotaCpu', (props) => props.quotaCpu),
  within('quotaMemoryMiB', 64, 16_777_216, (props) => props.quotaMemoryMiB),
  within('quotaPods', 1, 1000, (props) => props.quotaPods),
  within('port', 1024, 65_535, (props) => props.port),
  ({ namespace }) =>
    isKnown(namespace) && SYSTEM_NAMESPACES.includes(namespace)
      ? `namespace must be one of the tenant's own, got "${namespace}": choose another`
      : undefined,
];

/** Service accounts of clients, each once: one of them may have several kinds of pods. */
export function accounts(clients: readonly TenantClient[]) {
  const subjects = clients.map(({ namespace, serviceAccount }) => ({
    kind: 'ServiceAccount',
    namespace,
    name: serviceAccount,
  }));
  return [...new Map(subjects.map((subject) => [JSON.stringify(subject), subject])).values()];
}

/**
 * What is around a tenant's runtime: namespace with Pod Security `restricted`, service account without a token, quota,
 * limits, deny-all both ways, and access for the clients that are named.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class TenantEnvelope extends Construct {
  /** Undefined with an existing namespace. */
  readonly namespace?: NamespaceV1;
  /** What must exist before a workload starts. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: TenantEnvelopeProps) {
    super(scope, id);
    validateProps(this.node.path, props, RULES);
    const labels = { ...props.labels, ...MANAGED_BY };
    const metadata = (name: string) => ({ namespace: props.namespace, name, labels });
    if (!props.existingNamespace) {
      this.namespace = new NamespaceV1(this, 'Resource', {
        metadata: { name: props.namespace, labels: { ...labels, ...POD_SECURITY } },
        timeouts: { delete: '5m' },
        lifecycle: { preventDestroy: (props.retention ?? 'retain') === 'retain' },
      });
    }
    const after = this.namespace ? { dependsOn: [this.namespace] } : {};
    if (props.state === 'retired') {
      this.ready = this.namespace ? [this.namespace] : [];
      return;
    }

    const serviceAccount = new ServiceAccountV1(this, 'ServiceAccount', {
      metadata: metadata('runtime'),
      automountServiceAccountToken: false,
      ...after,
    });
    const memory = `${digits(props.quotaMemoryMiB ?? 2048)}Mi`;
    const quota = new ResourceQuotaV1(this, 'Quota', {
      metadata: metadata('runtime'),
      spec: {
        hard: {
          'requests.cpu': props.quotaCpu ?? '1',
          'requests.memory': memory,
          'limits.memory': memory,
          pods: digits(props.quotaPods ?? 4),
        },
      },
      ...after,
    });
    const limits = new LimitRangeV1(this, 'Limits', {
      metadata: metadata('runtime'),
      spec: {
        limit: [
          {
            type: 'Container',
            default: { cpu: '1', memory: '512Mi' },
            defaultRequest: { cpu: '100m', memory: '128Mi' },
          },
        ],
      },
      ...after,
    });
    const denyAll = new NetworkPolicyV1(this, 'DenyAll', {
      metadata: metadata('deny-all'),
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
      ...after,
    });
    this.ready = [...(this.namespace ? [this.namespace] : []), serviceAccount, quota, limits, denyAll];
    this.admitClients(props, metadata, after);
  }

  private admitClients(
    props: TenantEnvelopeProps,
    metadata: (name: string) => { namespace: string; name: string; labels: Record<string, string> },
    after: { dependsOn?: ITerraformDependable[] },
  ): void {
    const { clients = [], readableSecrets = [], manifestJson } = props;
    if (manifestJson !== undefined) {
      new ConfigMapV1(this, 'Manifest', {
        metadata: metadata(MANIFEST_CONFIG_MAP),
        data: { [MANIFEST_KEY]: manifestJson },
        ...after,
      });
    }
    const ingress = ingressFrom(clients, props.port ?? 4321);
    if (!ingress) return;
    new NetworkPolicyV1(this, 'Clients', {
      metadata: metadata('clients'),
      spec: {
        podSelector: { matchLabels: { ...(props.runtimeSelector ?? ANY_RUNTIME) } },
        policyTypes: ['Ingress'],
        ingress,
      },
      ...after,
    });
    const readable = (resource: string, resourceNames: readonly string[]) =>
      // Without names a rule is for all of them.
      resourceNames.length === 0
        ? []
        : [{ apiGroups: [''], resources: [resource], resourceNames: [...resourceNames], verbs: ['get'] }];
    const rule = [
      ...readable('secrets', readableSecrets),
      ...readable('configmaps', manifestJson === undefined ? [] : [MANIFEST_CONFIG_MAP]),
    ];
    if (rule.length === 0) return;
    const role = new RoleV1(this, 'ClientRole', { metadata: metadata('runtime-client'), rule, ...after });
    new RoleBindingV1(this, 'ClientRoleBinding', {
      metadata: metadata('runtime-client'),
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'runtime-client' },
      subject: accounts(clients),
      dependsOn: [role],
    });
  }
}
