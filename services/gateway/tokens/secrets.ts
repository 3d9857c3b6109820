import { CoreV1Api, KubeConfig, makeInformer, type V1Secret } from '@kubernetes/client-node';

import { GATEWAY_TOKEN_KEY, GATEWAY_TOKEN_LABELS } from '../../../topology/gateway-contract.js';
import type { Tokens, TokenSource } from './source.js';

/** Pause before the watch is begun again after it broke, in milliseconds. */
const AGAIN_MS = 1000;

/** Labelled Secrets of one namespace, one per slot, followed by a watch. */
export class TokenSecrets implements TokenSource {
  #stop: (() => Promise<void>) | undefined;
  #closed = false;
  readonly #tokens = new Map<string, string>();

  constructor(
    private readonly namespace: string,
    private readonly warn: (message: string) => void,
    private readonly config = inCluster(),
  ) {}

  async start(onTokens: (tokens: Tokens) => void): Promise<void> {
    const { namespace } = this;
    const labelSelector = Object.values(GATEWAY_TOKEN_LABELS).join(',');
    const api = this.config.makeApiClient(CoreV1Api);
    const informer = makeInformer(
      this.config,
      `/api/v1/namespaces/${namespace}/secrets`,
      () => api.listNamespacedSecret({ namespace, labelSelector }),
      labelSelector,
    );
    const put = (secret: V1Secret) => {
      const key = keyOf(secret);
      const value = Buffer.from(secret.data?.[GATEWAY_TOKEN_KEY] ?? '', 'base64')
        .toString()
        .trim();
      if (value === '') this.#tokens.delete(key);
      else this.#tokens.set(key, value);
      onTokens(this.#tokens);
    };
    informer.on('add', put);
    informer.on('update', put);
    informer.on('delete', (secret) => {
      this.#tokens.delete(keyOf(secret));
      onTokens(this.#tokens);
    });
    informer.on('error', (error: unknown) => {
      // What is known stays valid while the API server cannot be reached.
      this.warn(`cannot follow the Secrets of ${namespace} (${codeOf(error)}): it is tried again`);
      setTimeout(() => {
        if (!this.#closed) void informer.start();
      }, AGAIN_MS).unref();
    });
    this.#stop = () => informer.stop();
    await informer.start();
  }

  close(): void {
    this.#closed = true;
    void this.#stop?.();
  }
}

function inCluster(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromCluster();
  return config;
}

const keyOf = ({ metadata }: V1Secret) =>
  `${metadata?.labels?.[GATEWAY_TOKEN_LABELS.tenant]}.${metadata?.labels?.[GATEWAY_TOKEN_LABELS.slot]}`;

/** Never the message, which may quote what the API server said. */
const codeOf = (error: unknown) =>
  String((error as { code?: unknown; statusCode?: unknown } | undefined)?.code ?? 'unknown error');
