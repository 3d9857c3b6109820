import { GATEWAY_PORTS, GATEWAY_SECRET_FILES } from '../../topology/gateway-contract.js';
import { gatewayConfig, type GatewayPlan } from '../../topology/gateway.js';
import { SECRET_FILES, SECRETS_DIRECTORY } from '../../topology/host-contract.js';
import { SMOKE_ACCOUNT, smokeNamespace, type KubernetesPlan } from '../../topology/kubernetes.js';
import { ANY_RUNTIME, RUNTIME_LABEL, selectorLabels, TENANT_LABEL } from '../../topology/labels.js';
import { manifestSlice } from '../../topology/manifest.js';
import { claimName, SHARED_STATE, workloadName } from '../../topology/names.js';
import type { Plan } from '../../topology/plan.js';
import type { RuntimePlan } from '../../topology/runtime-plan.js';
import { millicores } from '../../topology/schema/common.js';

import { escapeTemplate, escapeTemplates } from '../common/escape.js';
import type { GatewayProps } from './gateway-props.js';
import { SCRAPE_ANNOTATIONS, type MonitoringProps } from './monitoring.js';
import { cores } from './rules.js';
import { replicaTokenFile } from './runtime-pool.js';
import type { RuntimeProps } from './runtime-props.js';
import type { SmokeSubjects } from './smoke-identity.js';
import type { StateVolumeProps } from './state-volume.js';
import type { TenantEnvelopeProps } from './tenant-envelope.js';

/** A plan for Kubernetes. @throws Error for one of another platform */
export function kubernetesSettings(plan: Plan): KubernetesPlan {
  if (plan.kubernetes) return plan.kubernetes;
  throw new Error(`the plan is for platform ${plan.platform}: plan a topology with platform kubernetes`);
}

const escaped = new WeakMap<Plan, KubernetesPlan>();

/** {@link kubernetesSettings} safe for Terraform. Escaped once per plan: every tenant of a stack needs them. */
export function escapedSettings(plan: Plan): KubernetesPlan {
  const known = escaped.get(plan);
  if (known) return known;
  const settings = escapeTemplates(kubernetesSettings(plan));
  escaped.set(plan, settings);
  return settings;
}

/** Props of a planned runtime. Every text of the topology is escaped here, once, before it meets a token. */
export function runtimeProps(plan: Plan, unescaped: RuntimePlan): RuntimeProps {
  const settings = escapedSettings(plan);
  const planned = escapeTemplates(unescaped);
  const { githubToken } = planned;
  const providerKey = planned.provider?.apiKey;
  return {
    namespace: planned.namespace,
    name: workloadName(planned),
    image: settings.image,
    args: planned.args,
    env: planned.env,
    port: planned.port,
    state: planned.state,
    connectionTokenRevision: planned.connectionToken.revision,
    ...(githubToken && {
      githubToken: {
        revision: githubToken.revision,
        ...(githubToken.variable !== undefined && { variable: githubToken.variable }),
        ...(githubToken.existingSecret && {
          existingSecret: {
            name: githubToken.existingSecret.name,
            key: githubToken.existingSecret.key ?? 'github-token',
          },
        }),
      },
    }),
    ...(providerKey?.variable !== undefined && {
      providerKey: { variable: providerKey.variable, revision: providerKey.revision },
    }),
    cpu: planned.resources.cpu,
    memoryMiB: planned.resources.memoryMiB,
    ...(planned.sharedState ? { sharedClaimName: claimName(planned) } : volumeProps(planned)),
    egress: settings.egress,
    apiServerCidrs: settings.apiServerCidrs,
    dnsCidrs: settings.dnsCidrs,
    ...(planned.replica !== undefined && { spreadAcross: ANY_RUNTIME }),
    ...settings.pod,
    waitForRollout: false,
    ...(settings.monitoring?.annotations && { podAnnotations: SCRAPE_ANNOTATIONS }),
    labels: { ...settings.labels, ...ownerLabels(planned) },
  };
}

function volumeProps({ volume }: RuntimePlan) {
  const { sizeGiB, class: storageClass, accessMode, retention } = volume;
  return { sizeGiB, accessMode, retention, ...(storageClass !== null && { storageClass }) };
}

/** Props of the volume that all replicas have. @param replica any of them */
export function sharedVolumeProps(plan: Plan, replica: RuntimePlan): StateVolumeProps {
  const planned = escapeTemplates(replica);
  return {
    ...volumeProps(planned),
    namespace: planned.namespace,
    name: claimName(planned),
    labels: { ...escapedSettings(plan).labels, [RUNTIME_LABEL]: SHARED_STATE.replace('/', '.') },
  };
}

/** Props of the envelope of a dedicated tenant. */
export function envelopeProps(plan: Plan, planned: RuntimePlan): TenantEnvelopeProps {
  const settings = escapedSettings(plan);
  const props = runtimeProps(plan, planned);
  const tenant = planned.tenant ?? '';
  const { cpu, memoryMiB } = planned.resources;
  return {
    namespace: props.namespace,
    existingNamespace: settings.existingNamespaces.includes(planned.namespace),
    state: planned.state,
    clients: escapeTemplates(planned.clients),
    runtimeSelector: selectorLabels(props.name ?? ''),
    port: planned.port,
    readableSecrets: readableSecrets(planned),
    manifestJson: escapeTemplate(JSON.stringify(manifestSlice(plan, tenant), null, 2)),
    // By default two runtimes fit in: a new pod may come while the old one is still counted.
    quotaCpu: planned.quota?.cpu ?? cores(Math.max(1000, 2 * millicores(cpu))),
    quotaMemoryMiB: planned.quota?.memoryMiB ?? Math.max(2048, 2 * memoryMiB),
    retention: planned.volume.retention,
    labels: props.labels ?? {},
  };
}

/** Props of the gateway before the pool of a plan. */
export function gatewayProps(plan: Plan, gateway: GatewayPlan): Omit<GatewayProps, 'secretFiles'> {
  const settings = escapedSettings(plan);
  const [first] = plan.runtimes.filter(({ replica }) => replica !== undefined);
  const runtimePort = first?.port ?? 4321;
  const config = gatewayConfig(gateway, {
    listen: `0.0.0.0:${gateway.port}`,
    health: `0.0.0.0:${GATEWAY_PORTS.health}`,
    tokens: { kind: 'kubernetes', namespace: gateway.namespace },
    ...(gateway.lock?.password && {
      redisPasswordFile: `${SECRETS_DIRECTORY}/${GATEWAY_SECRET_FILES.redisPassword}`,
    }),
    replicas: Object.fromEntries(
      plan.runtimes
        .filter(({ replica }) => replica !== undefined)
        .map((planned) => [
          planned.id,
          {
            address: `${workloadName(planned)}.${planned.namespace}.svc:${planned.port}`,
            connectionTokenFile: `${SECRETS_DIRECTORY}/${replicaTokenFile(planned.replica!)}`,
          },
        ]),
    ),
  });
  return {
    namespace: gateway.namespace,
    image: settings.image,
    configJson: escapeTemplate(JSON.stringify(config, null, 2)),
    tenants: Object.fromEntries(
      Object.entries(gateway.tenants).map(([id, { tokens, clients }]) => [
        id,
        {
          tokens,
          clients: escapeTemplates(clients),
          manifestJson: escapeTemplate(JSON.stringify(manifestSlice(plan, id), null, 2)),
        },
      ]),
    ),
    ...redisProps(gateway),
    secretsRevision: first?.connectionToken.revision ?? 1,
    replicas: gateway.replicas,
    port: gateway.port,
    runtimePort,
    dnsCidrs: settings.dnsCidrs,
    ...settings.pod,
    // Turns that run get their time, and then what is still open is closed.
    terminationGracePeriodSeconds: gateway.drainSeconds + 30,
    waitForRollout: false,
    ...(settings.monitoring?.annotations && { podAnnotations: SCRAPE_ANNOTATIONS }),
    labels: settings.labels,
  };
}

/** Props of what scrapes the namespace of a runtime; undefined where the topology does not opt in. */
export function monitoringProps(plan: Plan, planned: RuntimePlan): MonitoringProps | undefined {
  const { monitoring, labels } = escapedSettings(plan);
  if (!monitoring) return undefined;
  const { namespace, podSelector, podMonitor } = monitoring;
  return {
    namespace: escapeTemplate(planned.namespace),
    prometheus: { namespace, podSelector },
    gateway: planned.replica !== undefined && plan.gateway !== undefined,
    ...(podMonitor && { podMonitor }),
    labels: { ...labels, ...(planned.tenant !== undefined && { [TENANT_LABEL]: planned.tenant }) },
  };
}

/** How a gateway gets at the Redis that keeps its locks, and nowhere else. */
function redisProps({ lock }: GatewayPlan): Pick<GatewayProps, 'egress' | 'redisPassword'> {
  const { egress, password } = escapeTemplates(lock) ?? {};
  const { variable, existingSecret, revision } = password ?? {};
  return {
    ...(egress && { egress: [egress] }),
    ...(password && {
      redisPassword: {
        revision,
        ...(variable !== undefined && { variable }),
        ...(existingSecret && {
          existingSecret: {
            name: existingSecret.name,
            key: existingSecret.key ?? GATEWAY_SECRET_FILES.redisPassword,
          },
        }),
      },
    }),
  };
}

/** Secrets of a runtime that clients and the smoke suite may read. */
export function readableSecrets(planned: RuntimePlan): string[] {
  const name = workloadName(planned);
  const key = planned.provider?.apiKey;
  const providerKey = escapeTemplates(key?.existingSecret);
  return [
    `${name}-${SECRET_FILES.connectionToken}`,
    ...(key ? [providerKey?.name ?? `${name}-${SECRET_FILES.providerKey}`] : []),
  ];
}

/** Who may run the smoke suite; undefined where the topology does not opt in. */
export function smokeSubjects(plan: Plan): SmokeSubjects | undefined {
  const { smokeIdentity } = escapedSettings(plan);
  return (
    smokeIdentity && {
      users: smokeIdentity.users,
      groups: smokeIdentity.groups,
      ...(smokeIdentity.inCluster && {
        job: { namespace: smokeNamespace(plan.name), serviceAccount: SMOKE_ACCOUNT },
      }),
    }
  );
}

function ownerLabels({ id, tenant }: RuntimePlan): Record<string, string> {
  return {
    [RUNTIME_LABEL]: id.replace('/', '.'),
    ...(tenant !== undefined && { [TENANT_LABEL]: tenant }),
  };
}
