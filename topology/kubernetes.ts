import type { z } from 'zod';

import { physicalName } from './names.js';
import { tenantNamespace } from './placement.js';
import type { Topology } from './schema/index.js';
import { DEFAULT_KUBERNETES } from './schema/platforms.js';
import type { destination } from './schema/runtime.js';

type Settings = NonNullable<Topology['kubernetes']>;

/** Service account of the smoke suite in its own namespace. */
export const SMOKE_ACCOUNT = 'smoke';

/** Labels of the pods that the suite runs in; policies let them in. */
export const SMOKE_POD_LABELS = { 'app.kubernetes.io/name': 'copilot-runtimes-smoke' } as const;

export function smokeNamespace(topology: string): string {
  return physicalName('kubernetes', [topology, 'smoke']);
}

/** What the stacks for Kubernetes need besides the runtimes. */
export interface KubernetesPlan {
  readonly image: string;
  /** Namespaces that somebody else owns. */
  readonly existingNamespaces: readonly string[];
  /** TCP destinations of every runtime besides DNS and HTTPS on the internet. */
  readonly egress: readonly z.output<typeof destination>[];
  readonly apiServerCidrs: readonly string[];
  readonly dnsCidrs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** Settings of every pod, as the topology has them. */
  readonly pod: {
    readonly runtimeClassName?: string;
    readonly priorityClassName?: string;
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly tolerations?: Settings['tolerations'];
    readonly imagePullSecrets?: readonly string[];
    readonly caBundle?: { readonly configMap: string; readonly key: string };
    readonly terminationGracePeriodSeconds: number;
  };
  readonly provider: Settings['provider'];
  readonly backend: Settings['backend'];
  readonly clusterUid?: string;
  /** Who may prove the deployment; nobody, unless the topology opts in. */
  readonly smokeIdentity?: NonNullable<Settings['smokeIdentity']>;
  /** The Prometheus that scrapes; none, unless the topology opts in. */
  readonly monitoring?: NonNullable<Settings['monitoring']>;
}

/** What a host needs besides the drain: to tell owners of unfinished turns, and for its runtime to end, by force at last. */
const AFTER_DRAIN_SECONDS = 30;

export function planKubernetes(topology: Topology): KubernetesPlan {
  const { runtime, kubernetes } = topology;
  const { otlp } = runtime.telemetry ?? {};
  const collector =
    otlp?.namespace !== undefined && otlp.podSelector !== undefined
      ? [{ namespace: otlp.namespace, podSelector: otlp.podSelector, port: otlp.port }]
      : [];
  const { configMap, key } = runtime.caBundle ?? {};
  const settings = kubernetes ?? DEFAULT_KUBERNETES;
  return {
    image: runtime.image ?? '',
    // A name that is our own stays ours: the stack would otherwise drop, and so delete, a namespace that it made.
    existingNamespaces: Object.entries(settings.existingNamespaces)
      .filter(([id, namespace]) => namespace !== tenantNamespace({ ...topology, kubernetes: undefined }, id))
      .map(([, namespace]) => namespace)
      .sort(),
    egress: [...settings.egress, ...collector],
    apiServerCidrs: settings.apiServerCidrs,
    dnsCidrs: settings.dnsCidrs,
    labels: settings.labels,
    pod: {
      ...(settings.runtimeClassName !== undefined && { runtimeClassName: settings.runtimeClassName }),
      ...(settings.priorityClassName !== undefined && { priorityClassName: settings.priorityClassName }),
      ...(Object.keys(settings.nodeSelector).length > 0 && { nodeSelector: settings.nodeSelector }),
      ...(settings.tolerations.length > 0 && { tolerations: settings.tolerations }),
      ...(settings.imagePullSecrets.length > 0 && { imagePullSecrets: settings.imagePullSecrets }),
      ...(configMap !== undefined && key !== undefined && { caBundle: { configMap, key } }),
      terminationGracePeriodSeconds: runtime.drainSeconds + AFTER_DRAIN_SECONDS,
    },
    provider: settings.provider,
    backend: settings.backend,
    ...(settings.clusterUid !== undefined && { clusterUid: settings.clusterUid }),
    ...(settings.smokeIdentity && { smokeIdentity: settings.smokeIdentity }),
    ...(settings.monitoring && { monitoring: settings.monitoring }),
  };
}
