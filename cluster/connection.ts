import {
  AppsV1Api,
  AuthenticationV1Api,
  AuthorizationV1Api,
  BatchV1Api,
  CoreV1Api,
  EventsV1Api,
  KubeConfig,
  NetworkingV1Api,
  NodeV1Api,
  RbacAuthorizationV1Api,
  SchedulingV1Api,
  StorageV1Api,
  VersionApi,
} from '@kubernetes/client-node';

import { ClusterError } from './errors.js';

/** Which cluster to talk to, and as whom. */
export interface ClusterOptions {
  /** Path of a kubeconfig. @default - $KUBECONFIG, then ~/.kube/config, then the pod's own service account */
  readonly kubeconfig?: string;
  /** Context in the kubeconfig. @default - the current one */
  readonly context?: string;
  /** Take the pod's own service account, whatever kubeconfig there is. @default false */
  readonly inCluster?: boolean;
  /** A cluster that stands in no kubeconfig, with a credential plugin. @default - none */
  readonly exec?: {
    readonly host: string;
    /** PEM. */
    readonly clusterCaCertificate: string;
    readonly command: string;
    readonly args: readonly string[];
  };
}

/** The parts of a cluster's API that the kit asks. One connection per run: none is opened before the first call. */
export interface Cluster {
  readonly config: KubeConfig;
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly authentication: AuthenticationV1Api;
  readonly authorization: AuthorizationV1Api;
  readonly batch: BatchV1Api;
  readonly events: EventsV1Api;
  readonly networking: NetworkingV1Api;
  readonly node: NodeV1Api;
  readonly rbac: RbacAuthorizationV1Api;
  readonly scheduling: SchedulingV1Api;
  readonly storage: StorageV1Api;
  readonly version: VersionApi;
}

/**
 * Reads the credentials of a cluster.
 *
 * @throws {ClusterError} when there is no kubeconfig, it cannot be read, or it has no such context: the client
 * library would silently take http://localhost:8080 for the cluster
 */
export function connectCluster(options: ClusterOptions = {}): Cluster {
  const config = credentials(options);
  return {
    config,
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    authentication: config.makeApiClient(AuthenticationV1Api),
    authorization: config.makeApiClient(AuthorizationV1Api),
    batch: config.makeApiClient(BatchV1Api),
    events: config.makeApiClient(EventsV1Api),
    networking: config.makeApiClient(NetworkingV1Api),
    node: config.makeApiClient(NodeV1Api),
    rbac: config.makeApiClient(RbacAuthorizationV1Api),
    scheduling: config.makeApiClient(SchedulingV1Api),
    storage: config.makeApiClient(StorageV1Api),
    version: config.makeApiClient(VersionApi),
  };
}

function credentials({ kubeconfig, context, inCluster = false, exec }: ClusterOptions): KubeConfig {
  if (exec) return withPlugin(exec);
  const config = new KubeConfig();
  const source = kubeconfig ?? (process.env.KUBECONFIG || '~/.kube/config');
  try {
    if (inCluster) config.loadFromCluster();
    else if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
  } catch (error) {
    throw new ClusterError(
      `cannot read the credentials of the cluster from ${inCluster ? 'the service account of this pod' : source} (${messageOf(error)}): name a kubeconfig that exists`,
      { cause: error },
    );
  }
  if (context !== undefined) {
    const known = config.getContexts().map(({ name }) => name);
    if (!known.includes(context)) {
      throw new ClusterError(
        `there is no context ${context} in ${source}: known are ${known.join(', ') || 'none'}`,
      );
    }
    config.setCurrentContext(context);
  }
  const cluster = config.getCurrentCluster();
  if (!cluster || cluster.name === 'loaded-from-default' || cluster.server === 'http://localhost:8080') {
    throw new ClusterError(
      `no cluster is configured in ${source}: set KUBECONFIG, or choose a context that names one`,
    );
  }
  return config;
}

function withPlugin({ host, clusterCaCertificate, command, args }: NonNullable<ClusterOptions['exec']>) {
  const config = new KubeConfig();
  const name = 'topology';
  config.loadFromOptions({
    clusters: [{ name, server: host, caData: Buffer.from(clusterCaCertificate).toString('base64') }],
    users: [{ name, exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args: [...args] } }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  });
  return config;
}

/** The first line only: below it a YAML error quotes the file, tokens and all. */
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n')[0];
