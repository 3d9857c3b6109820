import { createHash } from 'node:crypto';

import type { GatewayConfig } from '../../topology/gateway-contract.js';
import type { Routing } from '../../topology/schema/gateway.js';

import { overLimit, unavailable } from './errors.js';
import type { Log } from './log.js';
import { isObject, type Json } from './message.js';
import type { Link } from './upstream/link.js';
import { Replica, type ReplicaEvents } from './upstream/replica.js';

/** A session that a replica knows. */
export interface Home {
  readonly replica: Replica;
  readonly link: Link;
  /** What the replica says of it. */
  readonly metadata: Json;
}

/** A replica that answered, but does not know the session. */
const ABSENT = new Error('absent');

/** The replicas, and which of them a session belongs to. */
export class Pool {
  #replicas = new Map<string, Replica>();
  #routing: Routing = 'stickySession';
  #waitMs = 0;
  #sessionsPerReplica = 1;
  #shared = false;
  #turn = 0;

  constructor(
    private readonly events: ReplicaEvents,
    private readonly log: Log,
  ) {}

  *[Symbol.iterator](): Iterator<Replica> {
    yield* this.#replicas.values();
  }

  get waitMs(): number {
    return this.#waitMs;
  }

  configure({
    replicas,
    routing,
    replicaWaitSeconds,
    sessionsPerReplica,
    sharedStorage,
  }: GatewayConfig): void {
    this.#routing = routing;
    this.#waitMs = replicaWaitSeconds * 1000;
    this.#sessionsPerReplica = sessionsPerReplica;
    this.#shared = sharedStorage !== undefined;
    const next = new Map<string, Replica>();
    for (const [id, settings] of Object.entries(replicas)) {
      const known = this.#replicas.get(id);
      known?.configure(settings);
      next.set(id, known ?? new Replica(id, settings, this.events, this.log));
    }
    const gone = [...this].filter(({ id }) => !next.has(id));
    this.#replicas = next;
    for (const replica of gone) replica.close();
  }

  close(): void {
    for (const replica of this) replica.close();
  }

  get someReachable(): boolean {
    return [...this].some(({ reachable }) => reachable);
  }

  /** A link to any replica, for questions. @throws {Refusal} when none comes up in time */
  async any(): Promise<Link> {
    return this.#first((replica) => replica.linkForQuestions(this.#waitMs));
  }

  async #first(linkTo: (replica: Replica) => Promise<Link | undefined>): Promise<Link> {
    // Those that are up before those that are about to end.
    const links = [...this]
      .sort((a, b) => Number(b.up) - Number(a.up))
      .map(async (replica) => {
        const link = await linkTo(replica);
        if (!link) throw ABSENT;
        return link;
      });
    return Promise.any(links).catch(() => {
      throw unavailable('no replica of the pool is up: try again later');
    });
  }

  /**
   * A replica that knows a session; undefined when every one has said that it does not.
   *
   * @param patient also waits for replicas that are down; without it they are passed over
   * @throws {Refusal} when one that is down may know it
   */
  async homeOf(upstreamId: string, patient = true): Promise<Home | undefined> {
    const questions = (await this.#knowing(patient)).map((replica) => this.#ask(replica, upstreamId));
    try {
      return await Promise.any(questions);
    } catch (error) {
      if (!patient || (error as AggregateError).errors.every((why) => why === ABSENT)) return undefined;
      throw unavailable('a replica that may have the session is down: try again later');
    }
  }

  /** The replicas that together know every session: of those that share their storage, the ones that are up. */
  async #knowing(patient = true): Promise<Replica[]> {
    if (patient && this.#shared) await this.any();
    return [...this].filter(({ reachable }) => (patient && !this.#shared) || reachable);
  }

  async #ask(replica: Replica, sessionId: string): Promise<Home> {
    const asked = await replica.ask('session.getMetadata', { sessionId }, this.#waitMs);
    if (!asked) throw new Error('down');
    const { answer, link } = asked;
    const metadata = isObject(answer) && isObject(answer.session) ? answer.session : undefined;
    if (metadata?.sessionId !== sessionId) throw ABSENT;
    return { replica, link, metadata };
  }

  /** What every replica says. @throws {Refusal} when one is down for too long; {LinkBroken} */
  async all(method: string, params: Json): Promise<unknown[]> {
    return Promise.all(
      (await this.#knowing()).map(async (replica) => {
        const asked = await replica.ask(method, params, this.#waitMs);
        if (!asked) throw unavailable('a replica of the pool is down: try again later');
        return asked.answer;
      }),
    );
  }

  /**
   * Where a new session goes.
   *
   * @param had it had a place already, and gets one even where there is no room
   * @throws {Refusal} when no replica is up, or none has room
   */
  async place(sessionId: string, upstreamId: string, had = false): Promise<{ replica: Replica; link: Link }> {
    if (![...this].some(({ up }) => up)) await this.#first((replica) => replica.linkWithin(this.#waitMs));
    const up = [...this].filter((replica) => replica.up);
    const free = up.filter((replica) => this.hasRoom(replica));
    if (free.length === 0 && !had) throw this.full();
    const replica = this.#choose(free.length > 0 ? free : up, sessionId, upstreamId);
    const link = replica.link();
    if (!link) throw unavailable('no replica of the pool is up: try again later');
    return { replica, link };
  }

  hasRoom(replica: Replica): boolean {
    return replica.sessions.size < this.#sessionsPerReplica;
  }

  full() {
    return overLimit(
      `every replica has its ${this.#sessionsPerReplica} sessions at this gateway: try again later`,
    );
  }

  #choose(replicas: readonly Replica[], sessionId: string, upstreamId: string): Replica {
    if (this.#routing === 'roundRobin') return replicas[this.#turn++ % replicas.length]!;
    const tenantAndUser = upstreamId.slice(0, upstreamId.length - sessionId.length) + userOf(sessionId);
    return rendezvous(replicas, this.#routing === 'stickyUser' ? tenantAndUser : upstreamId);
  }
}

/** The part of a session's id before its first `_`. */
const userOf = (sessionId: string) => sessionId.split('_', 1)[0]!;

/** Highest random weight: a replica that comes or goes moves only its own share of the keys. */
export function rendezvous<T extends { readonly id: string }>(choices: readonly T[], key: string): T {
  const weight = ({ id }: T) => createHash('sha256').update(`${key}\0${id}`).digest('hex');
  return choices
    .map((choice) => ({ choice, weight: weight(choice) }))
    .reduce((best, next) => (next.weight > best.weight ? next : best)).choice;
}
