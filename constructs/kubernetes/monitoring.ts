import { Manifest } from '@cdktf/provider-kubernetes/lib/manifest/index.js';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { GATEWAY_PORTS } from '../../topology/gateway-contract.js';
import { HOST_PORTS } from '../../topology/host-contract.js';
import { ANY_GATEWAY, ANY_RUNTIME, MANAGED_BY } from '../../topology/labels.js';
import { validateProps, within, type PropRule } from '../common/validation.js';
import { ingressFrom } from './network.js';
import { kubernetesName } from './rules.js';

/** Where a pod has its metrics, for a Prometheus that looks at annotations. */
export const SCRAPE_ANNOTATIONS = {
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(HOST_PORTS.health),
  'prometheus.io/path': '/metrics',
} as const;

export interface MonitoringProps {
  /** Namespace of the pods that are scraped. */
  readonly namespace: string;
  /** Who may scrape, and nobody else. */
  readonly prometheus: { readonly namespace: string; readonly podSelector: Readonly<Record<string, string>> };
  /** There is a gateway beside the runtimes. @default false */
  readonly gateway?: boolean;
  /** Needs the CRD of the Prometheus operator when Terraform plans. @default - none */
  readonly podMonitor?: {
    /** Labels by which a Prometheus selects it. @default - none */
    readonly labels?: Readonly<Record<string, string>>;
    /** @default 30 */
    readonly intervalSeconds?: number;
  };
  /** Added to every object. @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

const RULES: readonly PropRule<MonitoringProps>[] = [
  kubernetesName('namespace', (props) => props.namespace),
  kubernetesName('prometheus.namespace', (props) => props.prometheus.namespace),
  ({ prometheus: { podSelector } }) =>
    Object.keys(podSelector).length === 0
      ? 'prometheus.podSelector must name at least one label, got none: any pod of its namespace could scrape'
      : undefined,
  within('podMonitor.intervalSeconds', 10, 3600, (props) => props.podMonitor?.intervalSeconds),
];

/**
 * Lets one Prometheus scrape the runtimes of a namespace (and its gateway), and tells its operator where they are.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class Monitoring extends Construct {
  /** @param after what must exist before: the namespace */
  constructor(
    scope: Construct,
    id: string,
    props: MonitoringProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, RULES);
    const { namespace, prometheus, podMonitor } = props;
    const labels = { ...props.labels, ...MANAGED_BY };
    const scraped = [
      { id: 'Runtimes', name: 'metrics', pods: ANY_RUNTIME, port: HOST_PORTS.health },
      { id: 'Gateway', name: 'gateway-metrics', pods: ANY_GATEWAY, port: GATEWAY_PORTS.health },
    ].slice(0, props.gateway ? 2 : 1);
    for (const { id: of, name, pods, port } of scraped) {
      new NetworkPolicyV1(this, of, {
        metadata: { namespace, name, labels },
        spec: {
          podSelector: { matchLabels: { ...pods } },
          policyTypes: ['Ingress'],
          ingress: ingressFrom([prometheus], port)!,
        },
        dependsOn: [...after],
      });
    }
    if (!podMonitor) return;
    new Manifest(this, 'PodMonitor', {
      manifest: {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PodMonitor',
        metadata: { namespace, name: 'copilot-runtimes', labels: { ...labels, ...podMonitor.labels } },
        spec: {
          selector: {
            matchExpressions: [
              {
                key: 'app.kubernetes.io/name',
                operator: 'In',
                values: scraped.map(({ pods }) => pods['app.kubernetes.io/name']),
              },
            ],
          },
          podMetricsEndpoints: [
            // The name of the port in the pods of both.
            { port: 'health', path: '/metrics', interval: `${podMonitor.intervalSeconds ?? 30}s` },
          ],
        },
      },
      dependsOn: [...after],
    });
  }
}
