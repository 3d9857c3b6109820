import { KubernetesObjectApi, type KubernetesObject, type V1Deployment } from '@kubernetes/client-node';
import pRetry from 'p-retry';

import type { Cluster } from '../../../cluster/connection.js';
import { Services } from '../../../smoke/targets/kubernetes/service.js';
import type { Manifest, RuntimeId } from '../../../topology/index.js';
import type { Change, Json, Live, Place } from '../sabotage.js';

import { found } from './environment.js';

const ROLLED_OUT_WITHIN_MS = 180_000;

/** Changes live objects, and puts them back as they were. */
export class Breaking implements Live {
  readonly #api: KubernetesObjectApi;
  readonly #undo: (() => Promise<void>)[] = [];

  constructor(
    readonly cluster: Cluster,
    readonly manifest: Manifest,
  ) {
    this.#api = cluster.config.makeApiClient(KubernetesObjectApi);
  }

  namespaceOf = (runtime: RuntimeId): string => this.#service(runtime).namespace;

  tokenOf = async (runtime: RuntimeId): Promise<string> => {
    const place = this.manifest.runtimes[runtime]?.connectionToken;
    if (place?.kind !== 'kubernetesSecret') throw new Error(`${runtime} has no Secret`);
    const { data } = await this.cluster.core.readNamespacedSecret(place);
    return Buffer.from(data?.[place.key] ?? '', 'base64').toString('utf8');
  };

  async apply(changes: readonly Change[]): Promise<void> {
    for (const change of changes) await this.#apply(change);
    await this.#settled();
  }

  async restore(): Promise<void> {
    for (const undo of this.#undo.splice(0).reverse()) await undo();
    await this.#settled();
  }

  async #apply(change: Change): Promise<void> {
    if ('add' in change) {
      const added = await this.#api.create(change.add(this));
      this.#undo.push(() => this.#delete(added));
      return;
    }
    const before = await this.#read('remove' in change ? change.remove : change.place);
    if ('remove' in change) {
      await this.#delete(before);
      this.#undo.push(async () => void (await this.#api.create(withoutServerFields(before))));
      return;
    }
    const after: Json = structuredClone(before);
    await change.to(after, this);
    this.#undo.push(() => this.#replace(before));
    await this.#api.replace(after);
  }

  /** Whatever else has changed it meanwhile: what counts is the specification. */
  async #replace(object: KubernetesObject): Promise<void> {
    const now = await this.#api.read(object as KubernetesObject & { metadata: { name: string } });
    const resourceVersion = now.metadata?.resourceVersion;
    await this.#api.replace({
      ...object,
      metadata: { ...object.metadata, ...(resourceVersion && { resourceVersion }) },
    });
  }

  async #read({ apiVersion, kind, name, runtime }: Place): Promise<KubernetesObject> {
    const namespace = this.namespaceOf(runtime);
    const metadata = name === undefined ? { name: namespace } : { name, namespace };
    return this.#api.read({ apiVersion, kind, metadata });
  }

  async #delete(object: KubernetesObject): Promise<void> {
    await found(this.#api.delete(object));
  }

  /** Every runtime is rolled out as its Deployment says, and its Service leads to somebody who is ready. */
  async #settled(): Promise<void> {
    const services = new Services(this.cluster, []);
    const runtimes = Object.keys(this.manifest.runtimes) as RuntimeId[];
    await Promise.all(
      runtimes.map((runtime) =>
        pRetry(
          async () => {
            const { namespace, name } = this.#service(runtime);
            const deployment = await this.cluster.apps.readNamespacedDeployment({ namespace, name });
            if (!isRolledOut(deployment)) throw new Error(`${runtime} is not rolled out`);
            const pods = await services.pods(namespace);
            if (pods.some(({ metadata }) => metadata?.deletionTimestamp)) throw new Error('a pod is going');
            const endpoints = await services.endpoints({ namespace, name });
            const there = new Set(pods.map(({ metadata }) => metadata?.name));
            if (
              !endpoints.some(({ ready }) => ready) ||
              !endpoints.every(({ pod }) => !pod || there.has(pod.name))
            ) {
              throw new Error(`the endpoints of ${runtime} are old`);
            }
          },
          { retries: 1000, factor: 1, minTimeout: 300, maxRetryTime: ROLLED_OUT_WITHIN_MS },
        ),
      ),
    );
  }

  #service(runtime: RuntimeId) {
    const endpoint = this.manifest.runtimes[runtime]?.endpoint;
    if (endpoint?.kind !== 'service') throw new Error(`${runtime} has no Service`);
    return endpoint;
  }
}

function isRolledOut({ metadata, spec, status }: V1Deployment): boolean {
  return (
    status?.observedGeneration === metadata?.generation &&
    status?.updatedReplicas === spec?.replicas &&
    status?.readyReplicas === spec?.replicas &&
    status?.replicas === spec?.replicas
  );
}

/** What the API server fills in, and refuses in a new object. */
function withoutServerFields(object: KubernetesObject): KubernetesObject {
  const { name, namespace, labels, annotations } = object.metadata ?? {};
  const { metadata: _, ...rest } = object as KubernetesObject & { status?: unknown };
  return {
    ...rest,
    metadata: {
      ...(name !== undefined && { name }),
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(annotations && { annotations }),
    },
  };
}
