import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';

import pRetry from 'p-retry';

import type { GatewayConfig } from '../../../topology/gateway-contract.js';
import { drainSession } from '../../../topology/pool-contract.js';
import { parseAddress } from '../config.js';
import type { Log } from '../log.js';
import type { CallId, Json } from '../message.js';
import type { Session } from '../session.js';

import { Link, LinkBroken } from './link.js';

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
  /** It is about to end, and another one to take its place. */
  drains(replica: Replica): void;
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
  /** Aborts when there is another place to connect to. */
  #moved = new AbortController();
  #complaint: string | undefined;

  constructor(
    readonly id: string,
    private settings: ReplicaSettings,
    private readonly events: ReplicaEvents,
    private readonly log: Log,
  ) {
    for (let n = 0; n < LINKS; n++) void this.#keep();
  }

  /** Takes up where it is, if that has changed. What is connected to the former place is lost. */
  configure(settings: ReplicaSettings): void {
    const { address, connectionTokenFile } = this.settings;
    if (settings.address === address && settings.connectionTokenFile === connectionTokenFile) return;
    this.settings = settings;
    this.#moved.abort();
    this.#moved = new AbortController();
    for (const link of this.#links) link.close();
  }

  /** It can be reached, even if only to finish what runs in it. */
  get reachable(): boolean {
    return this.#links.size > 0;
  }

  /** Sessions and turns can begin there. */
  get up(): boolean {
    return this.link() !== undefined;
  }

  /** The link with the fewest sessions; undefined when the replica is down, or is about to be. */
  link(): Link | undefined {
    const load = new Map(this.#open.map((link) => [link, 0]));
    for (const { link } of this.sessions) if (link && load.has(link)) load.set(link, load.get(link)! + 1);
    return [...load.keys()].sort((a, b) => load.get(a)! - load.get(b)!)[0];
  }

  /** A link for questions, which a replica that is about to end answers too. */
  async linkForQuestions(milliseconds: number): Promise<Link | undefined> {
    const [any] = this.#links;
    return this.link() ?? any ?? (await this.linkWithin(milliseconds));
  }

  /**
   * Asks what changes nothing, once more if the replica is replaced meanwhile; undefined when it is down for too long.
   *
   * @throws {RpcError} that the runtime answers; {LinkBroken}
   */
  async ask(
    method: string,
    params: Json,
    waitMs: number,
  ): Promise<{ answer: unknown; link: Link } | undefined> {
    const first = await this.linkForQuestions(waitMs);
    if (!first) return undefined;
    try {
      return { answer: await first.ask(method, params), link: first };
    } catch (error) {
      if (!(error instanceof LinkBroken && first.draining)) throw error;
    }
    const link = await this.linkWithin(waitMs);
    return link && { answer: await link.ask(method, params), link };
  }

  get #open(): Link[] {
    return [...this.#links].filter(({ draining }) => !draining);
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
    while (!this.#stop.signal.aborted) {
      const signal = AbortSignal.any([this.#stop.signal, this.#moved.signal]);
      try {
        const link = await pRetry(() => this.#connect(signal), {
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

  async #connect(signal: AbortSignal): Promise<Link> {
    try {
      const token = (await readFile(this.settings.connectionTokenFile, 'utf8')).trim();
      const [link, hello] = await Link.open(parseAddress(this.settings.address), token, HANDSHAKE_MS);
      // Nobody waits for it any more.
      if (signal.aborted) link.close();
      this.hello = hello;
      this.#complaint = undefined;
      return link;
    } catch (error) {
      // What is not an Error ends the retries.
      const reason = error instanceof Error ? error.message : String(error);
      // Once per outage: the attempts go on every second.
      if (!this.reachable && reason !== this.#complaint) {
        this.log.warn({ replica: this.id, reason }, 'cannot connect to a replica');
      }
      this.#complaint = reason;
      throw new Error(reason, { cause: error });
    }
  }

  #listen(link: Link, closed: () => void): void {
    if (this.#stop.signal.aborted || !link.open) {
      link.close();
      closed();
      return;
    }
    const marker = drainSession(this.id);
    link.listen({
      notification: (method, params) => {
        if (method !== 'session.lifecycle') this.events.notification(link, method, params);
        else if (params.sessionId === marker) this.#drains(link);
        else if (this.#links.values().next().value === link) this.events.broadcast(method, params);
      },
      request: (id, method, params) => this.events.request(link, id, method, params),
      drained: () => this.events.drained(link),
      closed: (reason) => {
        const known = this.#links.delete(link);
        this.events.lost(link);
        if (known && !this.reachable && !this.#stop.signal.aborted) {
          this.log.warn({ replica: this.id, reason }, 'a replica is down');
        }
        this.events.changed(this);
        closed();
      },
    });
    // It may have been draining for a while: then it has the session, and answers.
    link.call('session.metadata.activity', { sessionId: marker }, (outcome) => {
      if ('broken' in outcome) return;
      if ('result' in outcome) link.draining = true;
      if (!this.reachable) this.log.info({ replica: this.id }, 'a replica is up');
      this.#links.add(link);
      if (!link.draining) this.#state.emit('up');
      this.events.changed(this);
    });
  }

  #drains(link: Link): void {
    if (link.draining) return;
    this.log.info({ replica: this.id }, 'a replica is about to end: nothing begins there until it is back');
    // Its other connections hear of it too, a moment later.
    for (const each of this.#links) each.draining = true;
    link.draining = true;
    this.events.drains(this);
    this.events.changed(this);
  }
}
