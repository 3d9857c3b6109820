import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';

import pRetry from 'p-retry';

import type { GatewayConfig } from '../../../topology/gateway-contract.js';
import { parseAddress } from '../config.js';
import type { Log } from '../log.js';
import type { CallId, Json } from '../message.js';
import type { Session } from '../session.js';

import { Link } from './link.js';

/** Connections to one replica: few, since a runtime has 128 for everybody, but more than one large message blocks. */
const LINKS = 4;

/** Longest wait for a handshake, in milliseconds. */
const HANDSHAKE_MS = 30_000;

/** Pauses between attempts to connect, in milliseconds. */
const RETRY = { first: 50, longest: 1000 } as const;

export type ReplicaSettings = GatewayConfig['replicas'][string];

export interface ReplicaEvents {
  notification(link: Link, method: string, params: Json): void;
  /** Said once by each connection of the replica to all; only one of them is passed on. */
  broadcast(method: string, params: Json): void;
  request(link: Link, id: CallId, method: string, params: Json): void;
  lost(link: Link): void;
  drained(link: Link): void;
  changed(replica: Replica): void;
}

/** One runtime of the pool: keeps its links up as long as it is configured. */
export class Replica {
  /** Sessions that this gateway has attached here. */
  readonly sessions = new Set<Session>();
  /** What the runtime said of itself when it was last connected. */
  hello: Json | undefined;
  readonly #links = new Set<Link>();
  readonly #state = new EventEmitter().setMaxListeners(0);
  readonly #stop = new AbortController();
  #complaint: string | undefined;

  constructor(
    readonly id: string,
    readonly settings: ReplicaSettings,
    private readonly events: ReplicaEvents,
    private readonly log: Log,
  ) {
    for (let n = 0; n < LINKS; n++) void this.#keep();
  }

  get up(): boolean {
    return this.#links.size > 0;
  }

  /** The link with the fewest sessions; undefined when the replica is down. */
  link(): Link | undefined {
    const load = new Map([...this.#links].map((link) => [link, 0]));
    for (const { link } of this.sessions) if (link) load.set(link, (load.get(link) ?? 0) + 1);
    return [...this.#links].sort((a, b) => load.get(a)! - load.get(b)!)[0];
  }

  /** A link, after waiting for the replica to come up; undefined when it does not in time. */
  async linkWithin(milliseconds: number): Promise<Link | undefined> {
    if (!this.up && milliseconds > 0) {
      const signal = AbortSignal.any([AbortSignal.timeout(milliseconds), this.#stop.signal]);
      await once(this.#state, 'up', { signal }).catch(() => undefined);
    }
    return this.link();
  }

  close(): void {
    this.#stop.abort();
    for (const link of this.#links) link.close();
  }

  /** Keeps one link up: connects until it succeeds, and again when it breaks. */
  async #keep(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const link = await pRetry(() => this.#open(), {
          forever: true,
          minTimeout: RETRY.first,
          maxTimeout: RETRY.longest,
          factor: 2,
          signal,
        });
        await new Promise<void>((resolve) => this.#listen(link, resolve));
      } catch (error) {
        if (!signal.aborted) this.log.error({ replica: this.id, err: error }, 'a connection cannot be kept');
      }
    }
  }

  async #open(): Promise<Link> {
    try {
      const token = (await readFile(this.settings.connectionTokenFile, 'utf8')).trim();
      const [link, hello] = await Link.open(parseAddress(this.settings.address), token, HANDSHAKE_MS);
      this.hello = hello;
      this.#complaint = undefined;
      return link;
    } catch (error) {
      // What is not an Error ends the retries.
      const reason = error instanceof Error ? error.message : String(error);
      // Once per outage: the attempts go on every second.
      if (!this.up && reason !== this.#complaint) {
        this.log.warn({ replica: this.id, reason }, 'cannot connect to a replica');
      }
      this.#complaint = reason;
      throw new Error(reason, { cause: error });
    }
  }

  #listen(link: Link, closed: () => void): void {
    if (this.#stop.signal.aborted) {
      link.close();
      closed();
      return;
    }
    const wasUp = this.up;
    this.#links.add(link);
    link.listen({
      notification: (method, params) => {
        if (method !== 'session.lifecycle') this.events.notification(link, method, params);
        else if (this.#links.values().next().value === link) this.events.broadcast(method, params);
      },
      request: (id, method, params) => this.events.request(link, id, method, params),
      drained: () => this.events.drained(link),
      closed: (reason) => {
        this.#links.delete(link);
        this.events.lost(link);
        if (!this.up && !this.#stop.signal.aborted) {
          this.log.warn({ replica: this.id, reason }, 'a replica is down');
        }
        this.events.changed(this);
        closed();
      },
    });
    if (!link.open) {
      this.#links.delete(link);
      closed();
      return;
    }
    if (!wasUp) this.log.info({ replica: this.id }, 'a replica is up');
    this.#state.emit('up');
    this.events.changed(this);
  }
}
