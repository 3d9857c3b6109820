import type { V1Pod } from '@kubernetes/client-node';
import pRetry from 'p-retry';

import { connectRuntime } from '../../../client/index.js';
import { statusOf } from '../../../cluster/api-error.js';
import type { Cluster } from '../../../cluster/connection.js';
import {
  HOST_PORTS,
  type Manifest,
  type ManifestRuntime,
  type SecretPlace,
} from '../../../topology/index.js';
import { gatewayLabels } from '../../../topology/labels.js';
import { GATEWAY_NAME } from '../../../topology/names.js';
import { TargetError } from '../target-error.js';
import type { Target } from '../target.js';

import { asked } from './api.js';
import { Forward, type PodPort } from './forward.js';
import { podTrouble } from './pod-state.js';
import { Services, type ServiceName } from './service.js';
import { ClusterView } from './view.js';

/** How long a pod may take to be replaced: to end, to be scheduled, to start and to become ready. */
const REPLACED_WITHIN_MS = 120_000;

export interface KubernetesTargetOptions {
  readonly manifest: Manifest;
  readonly cluster: Cluster;
  /** Connect to Services by their names instead of forwarding ports; only inside the cluster. @default false */
  readonly inside?: boolean;
}

/** Runtimes in a cluster, reached as their clients reach them: by the Service that the manifest names. */
export class KubernetesTarget implements Target {
  readonly kind = 'kubernetes';
  readonly kubernetes: ClusterView;
  readonly connect = connectRuntime;
  readonly #services: Services;
  readonly #forwards = new Map<string, Promise<Forward>>();
  readonly #lastPod = new Map<string, V1Pod>();

  constructor(readonly options: KubernetesTargetOptions) {
    const { manifest, cluster } = options;
    const placed = [...Object.values(manifest.runtimes), ...(manifest.gateway ? [manifest.gateway] : [])];
    const namespaces = placed.map((each) => serviceOf(each).namespace);
    this.#services = new Services(cluster, [...new Set(namespaces)]);
    this.kubernetes = new ClusterView(cluster, this.#services, (runtime) => this.#service(runtime));
  }

  async address(runtime: string): Promise<string> {
    return this.#reach(runtime, this.#service(runtime), () => this.#podBehind(runtime));
  }

  async gateway(): Promise<string> {
    const service = this.#gatewayService();
    return this.#reach(GATEWAY_NAME, service, async () =>
      gatewayPod(service, await this.#services.podBehind(service)),
    );
  }

  async gateways(): Promise<ReadonlyMap<string, string>> {
    const service = this.#gatewayService();
    const { namespace } = service;
    const pods = (await this.#services.podsBehind(service)).map((pod) => gatewayPod(service, pod));
    const addresses = pods.map(async ({ metadata: { name: pod = '' } = {}, status }) => {
      if (this.options.inside) return [pod, `${status?.podIP}:${service.port}`] as const;
      return [
        pod,
        await this.#forward(`pod ${pod}`, async () => ({ namespace, pod, port: service.port })),
      ] as const;
    });
    return new Map(await Promise.all(addresses));
  }

  #gatewayService(): ServiceName & { readonly port: number } {
    const { gateway } = this.options.manifest;
    if (!gateway) throw new TargetError('the manifest has no gateway: its topology has no pool');
    return serviceOf(gateway);
  }

  async #reach(
    what: string,
    service: ServiceName & { readonly port: number },
    podBehind: () => Promise<V1Pod>,
  ): Promise<string> {
    // Asked first in any case: a connection that fails says nothing about why there is no pod.
    await podBehind();
    if (this.options.inside) return `${service.name}.${service.namespace}.svc:${service.port}`;
    return this.#forward(what, async () => {
      const { metadata } = await podBehind();
      return { namespace: metadata?.namespace ?? '', pod: metadata?.name ?? '', port: service.port };
    });
  }

  async #forward(what: string, destination: () => Promise<PodPort>): Promise<string> {
    const opening = this.#forwards.get(what) ?? Forward.start(this.options.cluster.config, destination);
    this.#forwards.set(what, opening);
    return (await opening).address;
  }

  async secret(place: SecretPlace): Promise<string> {
    if (place.kind !== 'kubernetesSecret') {
      throw new TargetError(`a manifest for Kubernetes cannot keep secrets in a ${place.kind}`);
    }
    const { namespace, name, key } = place;
    const { data } = await asked(
      `Secret ${name} in ${namespace}`,
      this.options.cluster.core.readNamespacedSecret({ namespace, name }),
    );
    const value = data?.[key];
    if (value) return Buffer.from(value, 'base64').toString('utf8');
    throw new TargetError(
      `Secret ${name} in ${namespace} has no value for ${key}: deploy the topology again`,
    );
  }

  async standIn(runtime: string): Promise<string | undefined> {
    return this.#runtime(runtime).expect.standIns.length > 0
      ? `http://127.0.0.1:${HOST_PORTS.standIn}`
      : undefined;
  }

  home(runtime: string): string {
    return this.#runtime(runtime).expect.home;
  }

  async log(runtime: string): Promise<string> {
    const { metadata, status } = await this.#podBehind(runtime);
    const { name = '', namespace = '' } = metadata ?? {};
    const logs = (status?.containerStatuses ?? []).flatMap(({ name: container, restartCount }) =>
      // What a container said before its last restart is still there for everybody to read.
      [false, ...(restartCount > 0 ? [true] : [])].map((previous) =>
        asked(
          `the log of pod ${name} in ${namespace}`,
          this.options.cluster.core.readNamespacedPodLog({ name, namespace, container, previous }),
        ).catch((error: unknown) => {
          // The log of the container before is kept only for a while.
          if (previous) return '';
          throw error;
        }),
      ),
    );
    return (await Promise.all(logs)).join('\n');
  }

  async replace(runtime: string): Promise<void> {
    // Its process may be down just now, and then no Service leads to it.
    const { metadata } = this.#lastPod.get(runtime) ?? (await this.#podBehind(runtime));
    const { name = '', namespace = '', uid } = metadata ?? {};
    await asked(
      `pod ${name} in ${namespace} after deleting it`,
      this.options.cluster.core.deleteNamespacedPod({ name, namespace }),
    );
    await pRetry(
      async () => {
        const pod = await this.#podBehind(runtime);
        if (pod.metadata?.uid === uid) throw new TargetError(podTrouble(pod));
      },
      { retries: 1000, factor: 1, minTimeout: 500, maxRetryTime: REPLACED_WITHIN_MS },
    );
  }

  async lost(runtime: string): Promise<string | undefined> {
    const before = this.#lastPod.get(runtime);
    if (!before) return undefined;
    const { name = '', namespace = '', uid } = before.metadata ?? {};
    const gone = `pod ${name} of ${runtime} was deleted while the check ran`;
    try {
      const now = await this.options.cluster.core.readNamespacedPod({ name, namespace });
      if (now.metadata?.uid !== uid || now.metadata?.deletionTimestamp) return gone;
      if (now.status?.phase === 'Failed') return `${podTrouble(now)} while the check ran`;
      return restarts(now) > restarts(before)
        ? `a container of pod ${name} of ${runtime} ended while the check ran: ${lastEnd(now)}`
        : undefined;
    } catch (error) {
      return statusOf(error) === 404 ? gone : undefined;
    }
  }

  async close(): Promise<void> {
    const opened = [...this.#forwards.values()].map((opening) => opening.then((forward) => forward.close()));
    await Promise.allSettled(opened);
  }

  async #podBehind(runtime: string): Promise<V1Pod> {
    const pod = await this.#services.podBehind(this.#service(runtime));
    this.#lastPod.set(runtime, pod);
    return pod;
  }

  #runtime(runtime: string): ManifestRuntime {
    const found = this.options.manifest.runtimes[runtime];
    if (!found) throw new TargetError(`the manifest has no runtime ${runtime}`);
    return found;
  }

  #service(runtime: string): ServiceName & { readonly port: number } {
    return serviceOf(this.#runtime(runtime));
  }
}

/** @throws TargetError when the pod behind the Service of the gateway is another one */
function gatewayPod({ namespace, name }: ServiceName, pod: V1Pod): V1Pod {
  const labels = pod.metadata?.labels ?? {};
  if (Object.entries(gatewayLabels(name)).every(([key, value]) => labels[key] === value)) return pod;
  throw new TargetError(
    `Service ${name} in ${namespace} leads to pod ${pod.metadata?.name}, which is no gateway: see its selector and EndpointSlices, and deploy the topology again`,
  );
}

function serviceOf({ endpoint }: Pick<ManifestRuntime, 'endpoint'>) {
  if (endpoint.kind === 'service') return endpoint;
  throw new TargetError(
    `a manifest for Kubernetes must name Services, got an endpoint of kind ${endpoint.kind}`,
  );
}

const restarts = ({ status }: V1Pod) =>
  (status?.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0);

function lastEnd({ status }: V1Pod): string {
  const ends = (status?.containerStatuses ?? []).flatMap(({ lastState }) => lastState?.terminated ?? []);
  return ends.map(({ reason, exitCode }) => `${reason ?? 'no reason'}, exit code ${exitCode}`).join('; ');
}
