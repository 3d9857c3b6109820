import { ConfigMapV1 } from '@cdktf/provider-kubernetes/lib/config-map-v1/index.js';
import { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1/index.js';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';
import { PodDisruptionBudgetV1 } from '@cdktf/provider-kubernetes/lib/pod-disruption-budget-v1/index.js';
import { RoleBindingV1 } from '@cdktf/provider-kubernetes/lib/role-binding-v1/index.js';
import { RoleV1 } from '@cdktf/provider-kubernetes/lib/role-v1/index.js';
import { ServiceAccountV1 } from '@cdktf/provider-kubernetes/lib/service-account-v1/index.js';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { GATEWAY_CONFIG_FILE, GATEWAY_PORTS, GATEWAY_SECRET_FILES } from '../../topology/gateway-contract.js';
import { ANY_RUNTIME, gatewayLabels, MANAGED_BY } from '../../topology/labels.js';
import { GATEWAY_NAME } from '../../topology/names.js';

import { digits, isKnown, validateProps } from '../common/validation.js';
import { gatewayPod } from './gateway-pod.js';
import { GATEWAY_RULES, type GatewayProps } from './gateway-props.js';
import { GatewayTenant } from './gateway-tenant.js';
import { gatewayEgress, ingressFrom } from './network.js';
import { RuntimeSecret } from './secrets.js';

/**
 * What pooled tenants connect to: Deployment, Service, the tenants' tokens, and the policies by which nobody else
 * reaches the replicas. Tenants and tokens come and go without a restart.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class Gateway extends Construct {
  /** Name of Deployment and Service. */
  readonly name: string;
  readonly deployment: DeploymentV1;

  /** @param after what must exist before: the namespace, what guards it, and the replicas' Secrets */
  constructor(
    scope: Construct,
    id: string,
    props: GatewayProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, GATEWAY_RULES);
    const { namespace, replicas = 2, port = GATEWAY_PORTS.listen } = props;
    this.name = props.name ?? GATEWAY_NAME;
    const selector = gatewayLabels(this.name);
    const labels = { ...props.labels, ...selector, ...MANAGED_BY };
    const metadata = { namespace, name: this.name, labels };

    for (const [tenant, tenantProps] of Object.entries(props.tenants)) {
      const common = { tenant, namespace, labels: props.labels ?? {} };
      new GatewayTenant(this, tenant, { ...tenantProps, ...common }, after);
    }
    const password = this.redisPassword(props, labels, after);
    const access = this.access(metadata, after);
    const policies = this.policies(props, selector, port, metadata, after);
    const config = new ConfigMapV1(this, 'Config', {
      metadata,
      data: { [GATEWAY_CONFIG_FILE.slice(GATEWAY_CONFIG_FILE.lastIndexOf('/') + 1)]: props.configJson },
      dependsOn: [...after],
    });
    const grace = isKnown(props.terminationGracePeriodSeconds) ? props.terminationGracePeriodSeconds : 60;
    const rollout = `${replicas * (grace + 60) + 60}s`;
    this.deployment = new DeploymentV1(this, 'Resource', {
      metadata,
      spec: {
        replicas: digits(replicas),
        // Clients reconnect to a new one before an old one goes.
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '1', maxUnavailable: '0' } },
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: grace + 150,
        selector: { matchLabels: { ...selector } },
        template: gatewayPod({
          props,
          secretFiles: [...props.secretFiles, ...password.files],
          name: this.name,
          port,
          selector,
          labels,
        }),
      },
      waitForRollout: props.waitForRollout ?? true,
      timeouts: { create: rollout, update: rollout, delete: `${grace + 600}s` },
      dependsOn: [...after, ...access, ...policies, ...password.resources, config],
    });
    new ServiceV1(this, 'Service', {
      metadata,
      spec: {
        selector: { ...selector },
        port: [{ name: 'copilot', port, targetPort: digits(port), protocol: 'TCP' }],
      },
      dependsOn: [...after],
    });
    if (replicas > 1) {
      new PodDisruptionBudgetV1(this, 'DisruptionBudget', {
        metadata,
        spec: { maxUnavailable: '1', selector: { matchLabels: { ...selector } } },
        dependsOn: [...after],
      });
    }
  }

  private redisPassword(
    { namespace, redisPassword }: GatewayProps,
    labels: Record<string, string>,
    after: readonly ITerraformDependable[],
  ): { files: GatewayProps['secretFiles']; resources: ITerraformDependable[] } {
    const key = GATEWAY_SECRET_FILES.redisPassword;
    const { variable, existingSecret, revision = 1 } = redisPassword ?? {};
    if (existingSecret) {
      const { name, key: theirs } = existingSecret;
      return { files: [{ secretName: name, key: theirs, file: key }], resources: [] };
    }
    if (variable === undefined) return { files: [], resources: [] };
    const name = `${this.name}-${key}`;
    const { resource } = new RuntimeSecret(this, 'RedisPassword', {
      ...{ namespace, name, key, labels },
      value: { kind: 'variable', variable, revision },
      dependsOn: [...after],
    });
    return { files: [{ secretName: name, key, file: key }], resources: [resource] };
  }

  /** Its own account, which may follow the Secrets of its namespace: rights do not know labels. */
  private access(
    metadata: { namespace: string; name: string; labels: Record<string, string> },
    after: readonly ITerraformDependable[],
  ): ITerraformDependable[] {
    const account = new ServiceAccountV1(this, 'ServiceAccount', {
      metadata,
      automountServiceAccountToken: false,
      dependsOn: [...after],
    });
    const role = new RoleV1(this, 'Role', {
      metadata,
      rule: [{ apiGroups: [''], resources: ['secrets'], verbs: ['list', 'watch'] }],
      dependsOn: [...after],
    });
    const binding = new RoleBindingV1(this, 'RoleBinding', {
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: metadata.name },
      subject: [{ kind: 'ServiceAccount', namespace: metadata.namespace, name: metadata.name }],
      dependsOn: [role],
    });
    return [account, binding];
  }

  /** Tenants' clients to the gateway, the gateway to the replicas, and nobody else to either. */
  private policies(
    props: GatewayProps,
    selector: Readonly<Record<string, string>>,
    port: number,
    { namespace, labels }: { namespace: string; labels: Record<string, string> },
    after: readonly ITerraformDependable[],
  ): ITerraformDependable[] {
    const policy = (id: string, name: string, spec: NetworkPolicyV1['specInput']) =>
      new NetworkPolicyV1(this, id, {
        metadata: { namespace, name, labels },
        spec: spec!,
        dependsOn: [...after],
      });
    const runtimePort = props.runtimePort ?? 4321;
    const clients = Object.values(props.tenants).flatMap(({ clients: of = [] }) => of);
    const fromClients = ingressFrom(clients, port);
    return [
      ...(fromClients
        ? [
            policy('Clients', `${this.name}-clients`, {
              podSelector: { matchLabels: { ...selector } },
              policyTypes: ['Ingress'],
              ingress: fromClients,
            }),
          ]
        : []),
      policy('Egress', `${this.name}-egress`, {
        podSelector: { matchLabels: { ...selector } },
        policyTypes: ['Egress'],
        egress: gatewayEgress({
          namespace,
          runtimePort,
          ...(props.egress && { destinations: props.egress }),
          ...(props.dnsCidrs && { dnsCidrs: props.dnsCidrs }),
        }),
      }),
      policy('ToReplicas', `${this.name}-to-replicas`, {
        podSelector: { matchLabels: { ...ANY_RUNTIME } },
        policyTypes: ['Ingress'],
        ingress: ingressFrom([{ namespace, podSelector: selector }], runtimePort)!,
      }),
    ];
  }
}
