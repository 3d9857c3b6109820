import type { DeploymentV1SpecTemplate } from '@cdktf/provider-kubernetes/lib/deployment-v1/index.js';

import { GATEWAY_CONFIG_FILE, GATEWAY_NODE_FLAGS, GATEWAY_PORTS } from '../../topology/gateway-contract.js';
import { IMAGE, SECRETS_DIRECTORY } from '../../topology/host-contract.js';

import { digits } from '../common/validation.js';
import type { GatewayProps } from './gateway-props.js';
import { CONTAINER_SECURITY_CONTEXT, placement, POD_SECURITY_CONTEXT } from './hardening.js';

export interface GatewayPodInput {
  readonly props: GatewayProps;
  readonly secretFiles: GatewayProps['secretFiles'];
  readonly name: string;
  readonly port: number;
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Directory of the configuration file: mounted whole, for a file of its own would never see a change. */
const CONFIG_DIRECTORY = GATEWAY_CONFIG_FILE.slice(0, GATEWAY_CONFIG_FILE.lastIndexOf('/'));

/** The pod of a gateway: the image of the runtimes with another program. */
export function gatewayPod({
  props,
  secretFiles,
  name,
  port,
  selector,
  labels,
}: GatewayPodInput): DeploymentV1SpecTemplate {
  const probe = (path: string) => ({
    httpGet: { path, port: String(GATEWAY_PORTS.health) },
    timeoutSeconds: 6,
  });
  return {
    metadata: {
      labels: { ...labels, ...selector },
      annotations: {
        ...props.podAnnotations,
        'copilot-runtimes/connection-token-revision': digits(props.secretsRevision ?? 1),
        ...(props.redisPassword && {
          'copilot-runtimes/redis-password-revision': digits(props.redisPassword.revision ?? 1),
        }),
      },
    },
    spec: {
      serviceAccountName: name,
      // The one exception: it reads the tenants' tokens from Secrets that come and go while it runs.
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 60,
      securityContext: POD_SECURITY_CONTEXT,
      container: [
        {
          name: 'gateway',
          image: props.image,
          imagePullPolicy: 'IfNotPresent',
          command: [...IMAGE.init, 'node', ...GATEWAY_NODE_FLAGS, IMAGE.gateway],
          port: [
            { name: 'copilot', containerPort: port, protocol: 'TCP' },
            { name: 'health', containerPort: GATEWAY_PORTS.health, protocol: 'TCP' },
          ],
          startupProbe: { ...probe('/livez'), periodSeconds: 2, failureThreshold: 30 },
          readinessProbe: { ...probe('/readyz'), periodSeconds: 5, failureThreshold: 2 },
          livenessProbe: { ...probe('/livez'), periodSeconds: 20, failureThreshold: 3 },
          resources: {
            requests: {
              cpu: props.cpu ?? '100m',
              memory: `${digits(props.memoryMiB ?? 256)}Mi`,
              'ephemeral-storage': '16Mi',
            },
            limits: {
              cpu: '2',
              memory: `${digits(props.memoryMiB ?? 256)}Mi`,
              'ephemeral-storage': '64Mi',
            },
          },
          securityContext: CONTAINER_SECURITY_CONTEXT,
          volumeMount: [
            { name: 'config', mountPath: CONFIG_DIRECTORY, readOnly: true },
            { name: 'secrets', mountPath: SECRETS_DIRECTORY, readOnly: true },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volume: [
        { name: 'config', configMap: { name, defaultMode: '0444' } },
        {
          name: 'secrets',
          projected: [
            {
              defaultMode: '0440',
              sources: secretFiles.map(({ secretName, key, file }) => ({
                secret: [{ name: secretName, items: [{ key, path: file }] }],
              })),
            },
          ],
        },
        { name: 'tmp', emptyDir: { sizeLimit: '16Mi' } },
      ],
      ...placement(props, selector),
    },
  };
}
