import type {
  DeploymentV1SpecTemplate,
  DeploymentV1SpecTemplateSpecContainer,
  DeploymentV1SpecTemplateSpecVolume,
} from '@cdktf/provider-kubernetes/lib/deployment-v1/index.js';

import type { SECRET_FILES } from '../../topology/host-contract.js';
import {
  CONTAINER,
  HOST_ENV,
  HOST_PORTS,
  SECRETS_DIRECTORY,
  STATE_DIRECTORY,
} from '../../topology/host-contract.js';
import { CA_BUNDLE_PATH, runtimeArguments } from '../../topology/process.js';
import { millicores } from '../../topology/schema/common.js';

import { digits, isKnown } from '../common/validation.js';
import { CONTAINER_SECURITY_CONTEXT, placement, POD_SECURITY_CONTEXT } from './hardening.js';
import type { RuntimeProps } from './runtime-props.js';

/** A Secret of which one key becomes a file in the secrets directory of the host. */
export interface SecretFile {
  readonly secretName: string;
  readonly key: string;
  readonly file: (typeof SECRET_FILES)[keyof typeof SECRET_FILES];
}

export interface PodTemplateInput {
  readonly props: RuntimeProps;
  readonly selector: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly claimName: string;
  readonly serviceAccountName: string;
  readonly secrets: readonly SecretFile[];
}

/** The pod of a runtime. Pure, and the only place where it is made, so that another kind of workload can carry it. */
export function podTemplate(input: PodTemplateInput): DeploymentV1SpecTemplate {
  const { props, selector, labels } = input;
  return {
    metadata: {
      labels: { ...labels, ...selector },
      annotations: {
        ...props.podAnnotations,
        // Terraform changes a Secret without the pod noticing: the revision makes it a new pod.
        'copilot-runtimes/connection-token-revision': digits(props.connectionTokenRevision ?? 1),
        ...(props.githubToken && {
          'copilot-runtimes/github-token-revision': digits(props.githubToken.revision ?? 1),
        }),
      },
    },
    spec: {
      serviceAccountName: input.serviceAccountName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds ?? 60,
      securityContext: POD_SECURITY_CONTEXT,
      container: [container(props)],
      volume: volumes(input),
      ...placement(props, props.spreadAcross),
    },
  };
}

const DEFAULT_ENV = { [HOST_ENV.home]: `${STATE_DIRECTORY}/home` };

function defaultArguments({ port = 4321 }: RuntimeProps): string[] {
  const args = runtimeArguments('kubernetes', port, 1800);
  return args.map((argument, index) => (args[index - 1] === '--port' ? digits(port) : argument));
}

/** A limit below the request is refused by the API server. */
const defaultCpuLimit = ({ cpu }: RuntimeProps) => (isKnown(cpu) && millicores(cpu) > 2000 ? cpu : '2');

function container(props: RuntimeProps): DeploymentV1SpecTemplateSpecContainer {
  const probe = (path: string) => ({ httpGet: { path, port: String(HOST_PORTS.health) }, timeoutSeconds: 6 });
  return {
    name: CONTAINER.name,
    image: props.image,
    // The image is named by digest: what a node has is what would be pulled, registry or no registry.
    imagePullPolicy: 'IfNotPresent',
    args: [...(props.args ?? defaultArguments(props))],
    env: Object.entries({ ...DEFAULT_ENV, ...props.env }).map(([name, value]) => ({ name, value })),
    port: [
      { name: 'copilot', containerPort: props.port ?? 4321, protocol: 'TCP' },
      { name: 'health', containerPort: HOST_PORTS.health, protocol: 'TCP' },
    ],
    startupProbe: { ...probe('/readyz'), periodSeconds: 2, failureThreshold: 60 },
    readinessProbe: { ...probe('/readyz'), periodSeconds: 10, failureThreshold: 3 },
    // /livez itself tolerates 60 s without an answer: a large prompt stalls a runtime for half of that.
    livenessProbe: { ...probe('/livez'), periodSeconds: 20, failureThreshold: 3 },
    resources: {
      requests: {
        cpu: props.cpu ?? '250m',
        memory: `${digits(props.memoryMiB ?? 512)}Mi`,
        'ephemeral-storage': '64Mi',
      },
      limits: {
        cpu: props.cpuLimit ?? defaultCpuLimit(props),
        memory: `${digits(props.memoryMiB ?? 512)}Mi`,
        'ephemeral-storage': '1Gi',
      },
    },
    securityContext: CONTAINER_SECURITY_CONTEXT,
    volumeMount: [
      { name: 'session-state', mountPath: STATE_DIRECTORY },
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'secrets', mountPath: SECRETS_DIRECTORY, readOnly: true },
      ...(props.caBundle
        ? [{ name: 'ca-bundle', mountPath: CA_BUNDLE_PATH, subPath: props.caBundle.key, readOnly: true }]
        : []),
    ],
  };
}

function volumes({ props, claimName, secrets }: PodTemplateInput): DeploymentV1SpecTemplateSpecVolume[] {
  return [
    { name: 'session-state', persistentVolumeClaim: { claimName } },
    { name: 'tmp', emptyDir: { sizeLimit: '512Mi' } },
    {
      name: 'secrets',
      projected: [
        {
          defaultMode: '0440',
          // One source each, as the API has them: several Secrets in one source are a difference at every plan.
          sources: secrets.map(({ secretName, key, file }) => ({
            secret: [{ name: secretName, items: [{ key, path: file }] }],
          })),
        },
      ],
    },
    ...(props.caBundle
      ? [{ name: 'ca-bundle', configMap: { name: props.caBundle.configMap, defaultMode: '0444' } }]
      : []),
  ];
}
