import type { Client } from './client.js';
import { forbidden } from './errors.js';
import type { Metrics } from './metrics.js';
import { Session } from './session.js';
import type { Tenant } from './tenant.js';
import type { Link } from './upstream/link.js';
import type { Replica } from './upstream/replica.js';

/** The sessions that are attached through this gateway, by the ids that runtimes know. */
export class Sessions {
  readonly #byId = new Map<string, Session>();

  constructor(private readonly metrics: Metrics) {}

  *[Symbol.iterator](): Iterator<Session> {
    yield* this.#byId.values();
  }

  get(upstreamId: string): Session | undefined {
    return this.#byId.get(upstreamId);
  }

  /**
   * Takes the place of a session before anybody is asked, so that two connections cannot both attach it.
   *
   * @throws {Refusal} when it is taken, or at the limit of the tenant
   */
  reserve(tenant: Tenant, client: Client, id: string): Session {
    const session = new Session(tenant, id, client);
    if (this.#byId.has(session.upstreamId)) throw taken(id);
    tenant.allow('sessions');
    this.#byId.set(session.upstreamId, session);
    client.sessions.set(id, session);
    tenant.sessions++;
    return session;
  }

  attach(session: Session, replica: Replica, link: Link): void {
    session.replica = replica;
    session.link = link;
    replica.sessions.add(session);
    this.metrics.sessions.inc({ tenant: session.tenant.id, replica: replica.id });
  }

  /**
   * Forgets a session that nobody has attached any more.
   *
   * @param cleanly its replica has said so; otherwise it may still write, and the lock runs out by itself
   */
  release(session: Session, cleanly = true): void {
    this.#remove(session);
    if (session.owner.sessions.get(session.id) === session) session.owner.sessions.delete(session.id);
    this.#free(session, cleanly);
  }

  /** A session whose replica went down: its owner hears that it is unavailable until it lets go or resumes it. */
  lose(session: Session): void {
    this.#remove(session);
    session.state = 'lost';
    this.#free(session, false);
  }

  /** A session that a replica has let go of which is about to end. */
  park(session: Session): void {
    this.#leave(session);
    session.state = 'parked';
  }

  #free(session: Session, cleanly: boolean): void {
    const { lease } = session;
    session.lease = undefined;
    if (cleanly && lease) {
      void lease.release().then(session.release);
      return;
    }
    lease?.lapse();
    session.release();
  }

  #remove(session: Session): void {
    if (this.#byId.get(session.upstreamId) !== session) return;
    this.#byId.delete(session.upstreamId);
    session.endTurn();
    session.tenant.sessions--;
    this.#leave(session);
  }

  #leave(session: Session): void {
    if (session.replica?.sessions.delete(session)) {
      this.metrics.sessions.dec({ tenant: session.tenant.id, replica: session.replica.id });
    }
    session.link = undefined;
  }
}

export const taken = (id: string) =>
  forbidden(`session ${id} is attached through another connection: disconnect it there first`);
