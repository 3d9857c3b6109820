import type {
  V1NetworkPolicy,
  V1Namespace,
  V1PersistentVolumeClaim,
  V1Pod,
  V1Service,
} from '@kubernetes/client-node';

import { statusOf } from '../../../cluster/api-error.js';
import type { Cluster } from '../../../cluster/connection.js';

import { asked } from './api.js';
import type { ServiceEndpoint, ServiceName, Services } from './service.js';

/** An object of the API as text, with all that somebody has written into it. */
export interface WrittenObject {
  /** `ConfigMap copilot-runtimes`. */
  readonly name: string;
  readonly text: string;
}

/** A service account. */
export interface Account {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/** What the API server says of a deployment. All of it by namespace of a runtime: the suite has no other rights. */
export class ClusterView {
  constructor(
    readonly cluster: Cluster,
    readonly services: Services,
    readonly serviceName: (runtime: string) => ServiceName & { readonly port: number },
  ) {}

  service(runtime: string): Promise<V1Service> {
    return this.services.service(this.serviceName(runtime));
  }

  endpoints(runtime: string): Promise<ServiceEndpoint[]> {
    return this.services.endpoints(this.serviceName(runtime));
  }

  /** The pod that clients of a runtime talk to. */
  pod(runtime: string): Promise<V1Pod> {
    return this.services.podBehind(this.serviceName(runtime));
  }

  podOf(endpoint: ServiceEndpoint): Promise<V1Pod | undefined> {
    return this.services.podOf(endpoint);
  }

  /** All pods in the namespace of a runtime. */
  pods(runtime: string): Promise<V1Pod[]> {
    return this.services.pods(this.#namespaceOf(runtime));
  }

  /** Pods of somebody else; undefined where the suite may not look. */
  async podsElsewhere(
    namespace: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<V1Pod[] | undefined> {
    const labelSelector = Object.entries(labels)
      .map((pair) => pair.join('='))
      .join(',');
    const pods = this.cluster.core.listNamespacedPod({ namespace, labelSelector }).catch((error: unknown) => {
      if (statusOf(error) === 403) return undefined;
      throw error;
    });
    return (await asked(`the pods in ${namespace}`, pods))?.items;
  }

  async namespace(runtime: string): Promise<V1Namespace> {
    const name = this.#namespaceOf(runtime);
    return asked(`namespace ${name}`, this.cluster.core.readNamespace({ name }));
  }

  async policies(runtime: string): Promise<V1NetworkPolicy[]> {
    const namespace = this.#namespaceOf(runtime);
    const { items } = await asked(
      `the network policies in ${namespace}`,
      this.cluster.networking.listNamespacedNetworkPolicy({ namespace }),
    );
    return items;
  }

  async claim(runtime: string, name: string): Promise<V1PersistentVolumeClaim> {
    const namespace = this.#namespaceOf(runtime);
    return asked(
      `volume claim ${name} in ${namespace}`,
      this.cluster.core.readNamespacedPersistentVolumeClaim({ namespace, name }),
    );
  }

  /** Everything in the namespace of a runtime that people read and that is no Secret. */
  async written(runtime: string): Promise<WrittenObject[]> {
    const namespace = this.#namespaceOf(runtime);
    const { core, apps } = this.cluster;
    const lists = {
      pod: core.listNamespacedPod({ namespace }),
      ConfigMap: core.listNamespacedConfigMap({ namespace }),
      event: core.listNamespacedEvent({ namespace }),
      Deployment: apps.listNamespacedDeployment({ namespace }),
    };
    const found = Object.entries(lists).map(async ([kind, list]) => {
      const { items } = await asked(`objects of kind ${kind} in ${namespace}`, list as Promise<Listed>);
      return items.map((item) => ({
        name: `${kind} ${item.metadata?.name}`,
        text: JSON.stringify(item),
      }));
    });
    const service = await this.service(runtime);
    return [
      ...(await Promise.all(found)).flat(),
      { name: `Service ${service.metadata?.name}`, text: JSON.stringify(service) },
    ];
  }

  /** Whether a service account may do this with Secrets in the namespace of a runtime; without a name: with all. */
  async may(
    { namespace, serviceAccount }: Account,
    verb: 'get' | 'list',
    runtime: string,
    secret?: string,
  ): Promise<boolean> {
    const where = this.#namespaceOf(runtime);
    const review = await asked(
      `who may ${verb} Secrets in ${where}`,
      this.cluster.authorization.createNamespacedLocalSubjectAccessReview({
        namespace: where,
        body: {
          spec: {
            user: `system:serviceaccount:${namespace}:${serviceAccount}`,
            groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
            resourceAttributes: {
              namespace: where,
              verb,
              resource: 'secrets',
              ...(secret !== undefined && { name: secret }),
            },
          },
        },
      }),
    );
    return review.status?.allowed ?? false;
  }

  #namespaceOf(runtime: string): string {
    return this.serviceName(runtime).namespace;
  }
}

interface Listed {
  readonly items: readonly { readonly metadata?: { readonly name?: string } }[];
}
