import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import { Watch } from '@kubernetes/client-node';

import type { Cluster } from './connection.js';

/** Changes come in bursts: one look after each is enough, in milliseconds. */
const BURST_MS = 400;

/** Above this many namespaces looking now and then is cheaper than a connection for each. */
const MAX_WATCHED = 50;

/** Tells that something has changed about the pods of some namespaces; what, is for the next look to find out. */
export class NamespaceWatch {
  readonly #changes = new EventTarget();
  readonly #ended = new AbortController();
  #isNew = false;

  constructor(cluster: Cluster, namespaces: readonly string[]) {
    const watch = new Watch(cluster.config);
    for (const namespace of namespaces.slice(0, MAX_WATCHED)) {
      for (const path of [
        `/api/v1/namespaces/${namespace}/pods`,
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
      ])
        void this.#follow(watch, path);
    }
  }

  /** Settles soon after a change, at the latest after `timeoutMs`. @throws the reason of the signal */
  async changed(timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const timeout = new AbortController();
    // Not AbortSignal.timeout: its timer does not keep the process alive where no watch is allowed.
    const timer = setTimeout(() => timeout.abort(), timeoutMs);
    const until = AbortSignal.any([timeout.signal, ...(signal ? [signal] : [])]);
    // What has changed during the last look counts too.
    if (!this.#isNew) await once(this.#changes, 'change', { signal: until }).catch(() => undefined);
    clearTimeout(timer);
    signal?.throwIfAborted();
    if (!timeout.signal.aborted) await delay(BURST_MS);
    this.#isNew = false;
  }

  close(): void {
    this.#ended.abort();
  }

  /** A watch that breaks, or is not allowed, is made up for by the time between two looks. */
  async #follow(watch: Watch, path: string): Promise<void> {
    const changed = () => {
      this.#isNew = true;
      this.#changes.dispatchEvent(new Event('change'));
    };
    const request = await watch.watch(path, {}, changed, () => undefined);
    this.#ended.signal.addEventListener('abort', () => request.abort(), { once: true });
    if (this.#ended.signal.aborted) request.abort();
  }
}
