import { setMaxListeners } from 'node:events';

import type { SessionLease } from '../../client/locks/session-lock.js';

import type { Client } from './client.js';
import { inward } from './ids.js';
import type { Json } from './message.js';
import type { Tenant } from './tenant.js';
import type { Link } from './upstream/link.js';
import type { Replica } from './upstream/replica.js';

/** Requests of a session that a client may still answer; a runtime asks for far fewer at once. */
const MAX_REQUESTS = 10_000;

/** Events after which no turn of a session runs. */
const TURN_ENDS: ReadonlySet<string> = new Set(['session.idle', 'session.error', 'session.shutdown']);

/** A session that a client has attached, or is about to. Its one owner gets its events and answers its requests. */
export class Session {
  readonly upstreamId: string;
  /**
   * `parked`: its replica is being replaced, and the owner does not know; `returning`: it is being attached again.
   */
  state: 'attaching' | 'attached' | 'parked' | 'returning' | 'detaching' | 'lost' = 'attaching';
  replica: Replica | undefined;
  link: Link | undefined;
  /** Its lock, where replicas share their storage. */
  lease: SessionLease | undefined;
  /** It was created or resumed with a GitHub token of its own. */
  ownIdentity = false;
  /** A turn runs. */
  busy = false;
  /** Calls that its replica has not answered yet. */
  calls = 0;
  /** What it was created or resumed with, credentials among it, to attach it again. */
  options: Json = {};
  /** Settings that were changed since, which a runtime does not keep, by what they set. */
  readonly settings = new Map<string, { readonly method: string; readonly params: Json }>();
  /** It was prompted: until then a runtime does not keep a session. */
  prompted = true;
  /** It was created, and nothing was done with it yet but to change settings. */
  isNew = false;
  /** Settles when its replica, which is about to end, has let go of it. */
  leaving: Promise<void> | undefined;
  /** Settles when it is attached again. */
  coming: Promise<Link> | undefined;
  #waiting = new AbortController();
  /** Settles when it is detached from its owner. */
  readonly released: Promise<void>;
  release!: () => void;
  readonly #requests = new Set<string>();

  constructor(
    readonly tenant: Tenant,
    readonly id: string,
    readonly owner: Client,
  ) {
    this.upstreamId = inward(tenant.prefix, id);
    this.released = new Promise((resolve) => (this.release = resolve));
  }

  /** Learns from an event of this session, new or of its history, which requests there are. */
  learn(event: unknown): void {
    const { data } = (event ?? {}) as { data?: { requestId?: unknown } };
    if (typeof data?.requestId !== 'string') return;
    this.#requests.add(data.requestId);
    if (this.#requests.size > MAX_REQUESTS) this.#requests.delete(this.#requests.values().next().value!);
  }

  /** Takes note of what has just happened. */
  observe(event: unknown): void {
    this.learn(event);
    const { type } = (event ?? {}) as { type?: unknown };
    if (typeof type === 'string' && TURN_ENDS.has(type)) this.endTurn();
  }

  /** Takes note of settings that were changed. */
  keep(method: string, params: Json): void {
    const key = JSON.stringify([method, Object.keys(params).sort(), params.eventType]);
    // To the end: of several that set the same, the last one counts.
    this.settings.delete(key);
    this.settings.set(key, { method, params });
  }

  /** Aborts when turns that have not begun yet are not to begin any more. */
  get waiting(): AbortSignal {
    // One listener for each call that waits.
    setMaxListeners(0, this.#waiting.signal);
    return this.#waiting.signal;
  }

  /** Fails turns that wait for its replica. */
  refuseWaiting(why: Error): void {
    this.#waiting.abort(why);
    this.#waiting = new AbortController();
  }

  asked(requestId: unknown): boolean {
    return typeof requestId === 'string' && this.#requests.has(requestId);
  }

  beginTurn(): void {
    if (this.busy) return;
    this.tenant.allow('turns');
    this.busy = true;
    this.tenant.turns++;
  }

  endTurn(): void {
    if (!this.busy) return;
    this.busy = false;
    this.tenant.turns--;
  }
}
