import { DiscoveryV1Api, type V1Pod, type V1Service } from '@kubernetes/client-node';

import type { Cluster } from '../../../cluster/connection.js';
import { TargetError } from '../target-error.js';

import { asked } from './api.js';
import { podTrouble } from './pod-state.js';

/** Service of a manifest. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** An address that a Service leads to. */
export interface ServiceEndpoint {
  readonly address: string;
  readonly ready: boolean;
  /** The pod that Kubernetes says has the address; undefined for an address that somebody wrote by hand. */
  readonly pod?: { readonly namespace: string; readonly name: string };
}

/** Where the Services of a deployment lead, by what the cluster itself goes by. */
export class Services {
  readonly #discovery: DiscoveryV1Api;

  /** @param namespaces in which the pod of a handwritten address is looked for */
  constructor(
    readonly cluster: Cluster,
    readonly namespaces: readonly string[],
  ) {
    this.#discovery = cluster.config.makeApiClient(DiscoveryV1Api);
  }

  async service({ namespace, name }: ServiceName): Promise<V1Service> {
    return asked(
      `Service ${name} in ${namespace}`,
      this.cluster.core.readNamespacedService({ namespace, name }),
    );
  }

  async endpoints({ namespace, name }: ServiceName): Promise<ServiceEndpoint[]> {
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const { items } = await asked(
      `the endpoints of Service ${name} in ${namespace}`,
      this.#discovery.listNamespacedEndpointSlice({ namespace, labelSelector }),
    );
    return items.flatMap(({ endpoints }) =>
      (endpoints ?? []).flatMap(({ addresses, conditions, targetRef }) =>
        addresses.map((address) => ({
          address,
          ready: conditions?.ready !== false && conditions?.terminating !== true,
          ...(targetRef?.kind === 'Pod' &&
            targetRef.name !== undefined && {
              pod: { namespace: targetRef.namespace ?? namespace, name: targetRef.name },
            }),
        })),
      ),
    );
  }

  /** A pod that a client of a Service talks to. @throws {TargetError} with the reason why there is none */
  async podBehind(service: ServiceName): Promise<V1Pod> {
    const [ready] = await this.#readyEndpoints(service);
    return this.#podAt(service, ready);
  }

  /** Every pod that a client of a Service may come to. @throws {TargetError} with the reason why there is none */
  async podsBehind(service: ServiceName): Promise<V1Pod[]> {
    const ready = await this.#readyEndpoints(service);
    return Promise.all(ready.map((endpoint) => this.#podAt(service, endpoint)));
  }

  async #readyEndpoints(service: ServiceName): Promise<[ServiceEndpoint, ...ServiceEndpoint[]]> {
    const [first, ...others] = (await this.endpoints(service)).filter(({ ready }) => ready);
    if (first) return [first, ...others];
    throw new TargetError(await this.#whyNot(service));
  }

  async #podAt({ namespace, name }: ServiceName, endpoint: ServiceEndpoint): Promise<V1Pod> {
    const found = await this.podOf(endpoint);
    if (found) return found;
    throw new TargetError(
      `Service ${name} in ${namespace} leads to ${endpoint.address}, which is no pod of the deployment: see its EndpointSlices`,
    );
  }

  /** The pod at an address, wherever in the deployment it is. */
  async podOf({ address, pod }: ServiceEndpoint): Promise<V1Pod | undefined> {
    if (pod) {
      return asked(`pod ${pod.name} in ${pod.namespace}`, this.cluster.core.readNamespacedPod(pod));
    }
    for (const namespace of this.namespaces) {
      const found = (await this.pods(namespace)).find(({ status }) => status?.podIP === address);
      if (found) return found;
    }
    return undefined;
  }

  async pods(namespace: string, labelSelector?: string): Promise<V1Pod[]> {
    const { items } = await asked(
      `the pods in ${namespace}`,
      this.cluster.core.listNamespacedPod({
        namespace,
        ...(labelSelector !== undefined && { labelSelector }),
      }),
    );
    return items;
  }

  async #whyNot(name: ServiceName): Promise<string> {
    const what = `Service ${name.name} in ${name.namespace}`;
    const { spec } = await this.service(name);
    const selector = Object.entries(spec?.selector ?? {}).map((pair) => pair.join('='));
    if (selector.length === 0) return `${what} selects no pods: deploy the topology again`;
    const pods = await this.pods(name.namespace, selector.join(','));
    if (pods.length === 0) {
      return `${what} has no pod (${selector.join(', ')}): see that the Deployment is there and what its events say`;
    }
    return `${what} has no ready pod (${pods.map(podTrouble).join('; ')}): see the pod's events and log`;
  }
}
