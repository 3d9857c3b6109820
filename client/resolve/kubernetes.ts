import { readFile } from 'node:fs/promises';
import path from 'node:path';

import type { CoreV1Api, KubeConfig } from '@kubernetes/client-node';

import { ResolveError, type Resolver } from './resolver.js';

export interface KubernetesResolverOptions {
  /**
   * Directory under which each Secret is mounted at its own name (`<directory>/<secret>/<key>`), so that the pod
   * needs no right to read Secrets. @default - Secrets are read from the API server, with the pod's service account
   */
  readonly secretsDirectory?: string;
  /** @default - that of the pod, or the kubeconfig of whoever runs this */
  readonly kubeConfig?: KubeConfig;
}

/** Finds runtimes and secrets of `platform: kubernetes`, for a client that runs in the same cluster. */
export function kubernetesResolver(options: KubernetesResolverOptions = {}): Resolver {
  const { secretsDirectory } = options;
  let api: Promise<CoreV1Api> | undefined;
  return {
    async address(endpoint) {
      if (endpoint.kind !== 'service') {
        throw new ResolveError(
          `an endpoint of kind ${endpoint.kind} is not in this cluster: use the resolver of its platform`,
        );
      }
      // Without the domain of the cluster, which is not cluster.local everywhere.
      return `${endpoint.name}.${endpoint.namespace}.svc:${endpoint.port}`;
    },

    async secret(place) {
      if (place.kind !== 'kubernetesSecret') {
        throw new ResolveError(
          `a secret of kind ${place.kind} is not in this cluster: use the resolver of its platform`,
        );
      }
      const { namespace, name, key } = place;
      if (secretsDirectory !== undefined) return mounted(path.join(secretsDirectory, name, key), place);
      api ??= openApi(options.kubeConfig);
      const secret = await (await api).readNamespacedSecret({ namespace, name }).catch((error: unknown) => {
        throw new ResolveError(
          `cannot read Secret ${namespace}/${name} (${statusOf(error)}): name this pod's service account under "clients" of the tenant in the topology, and deploy`,
        );
      });
      const value = secret.data?.[key];
      if (value === undefined)
        throw new ResolveError(`Secret ${namespace}/${name} has no key ${key}: deploy again`);
      return Buffer.from(value, 'base64').toString('utf8').trim();
    },
  };
}

async function mounted(file: string, { name }: { readonly name: string }): Promise<string> {
  const value = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ResolveError(`cannot read ${file} (${error.code}): mount Secret ${name} there`);
  });
  return value.trim();
}

/** Loaded here alone: the package takes its time, and only this needs it. */
async function openApi(given: KubeConfig | undefined): Promise<CoreV1Api> {
  const { CoreV1Api, KubeConfig } = await import('@kubernetes/client-node');
  const config = given ?? new KubeConfig();
  if (!given) config.loadFromDefault();
  return config.makeApiClient(CoreV1Api);
}

/** What to say of a failed call: of an answer its status alone, for its body may hold anything. */
function statusOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  return typeof code === 'number' ? String(code) : (message ?? 'no answer');
}
