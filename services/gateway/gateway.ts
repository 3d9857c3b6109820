import type { Socket } from 'node:net';

import type { GatewayConfig } from '../../topology/gateway-contract.js';

import { Audit } from './audit.js';
import { create, detach, resume } from './calls/attach.js';
import type { Call, Context } from './calls/context.js';
import { anyReplica, identity } from './calls/general.js';
import { leave } from './calls/moving.js';
import * as sessionCalls from './calls/sessions.js';
import { Client } from './client.js';
import { CODE, forbidden, overLimit, Refusal, RpcError, unavailable } from './errors.js';
import { Hearing } from './hearing.js';
import { SessionLocks } from './locks.js';
import type { Log } from './log.js';
import type { CallId, Json } from './message.js';
import { allowed, whyDenied, type Treatment } from './methods.js';
import type { Metrics } from './metrics.js';
import { checkKeys } from './policy/keys.js';
import { Pool } from './pool.js';
import { Sessions } from './sessions.js';
import { Tenants } from './tenants.js';
import type { Tokens } from './tokens/source.js';
import { LinkBroken, type Link } from './upstream/link.js';

/** Connections at once of people who have not shown a token yet. */
const MAX_UNAUTHENTICATED = 100;
/** How long such a connection may stay, in milliseconds. */
const HANDSHAKE_MS = 10_000;
/** Wrong tokens on one connection. */
const MAX_ATTEMPTS = 3;
/** Calls of one connection without an answer. */
const MAX_IN_FLIGHT = 1000;

const CALLS: Readonly<Record<Exclude<Treatment, 'handshake'>, (context: Context, call: Call) => unknown>> = {
  'any-replica': anyReplica,
  identity,
  create,
  resume,
  list: sessionCalls.list,
  last: sessionCalls.last,
  metadata: sessionCalls.metadata,
  delete: sessionCalls.remove,
  detach: sessionCalls.detach,
  turn: sessionCalls.turn,
  session: sessionCalls.session,
  reply: sessionCalls.reply,
};

/** Treatments that begin something, which a gateway that is about to stop does not. */
const BEGINS: readonly Treatment[] = ['create', 'resume', 'turn'];

/** Stands between tenants and the replicas of a pool. */
export class Gateway implements Context {
  readonly tenants: Tenants;
  readonly pool: Pool;
  readonly sessions: Sessions;
  readonly locks: SessionLocks;
  poolHasIdentity = false;
  #draining = false;
  readonly #clients = new Set<Client>();
  readonly #strangers = new Map<Client, { attempts: number; readonly timer: NodeJS.Timeout }>();
  readonly #waiting = new Map<Link, Set<() => void>>();
  readonly #audit: Audit;

  constructor(
    private readonly log: Log,
    readonly metrics: Metrics,
  ) {
    this.#audit = new Audit(log, metrics);
    this.tenants = new Tenants((message) => log.warn(message));
    this.sessions = new Sessions(metrics);
    this.locks = new SessionLocks(log);
    metrics.refresh = () => this.#measure();
    const hearing = new Hearing(this.sessions, this.tenants, metrics);
    this.pool = new Pool(
      {
        notification: (link, method, params) => hearing.notification(link, method, params),
        broadcast: (_, params) => hearing.broadcast(params),
        request: (link, id, method, params) => hearing.request(link, id, method, params),
        lost: (link) => {
          this.#drained(link);
          hearing.lost(link);
        },
        drained: (link) => this.#drained(link),
        drains: (replica) => leave(this, replica),
        changed: ({ id, up, reachable }) => {
          metrics.replicaUp.set({ replica: id }, reachable ? 1 : 0);
          metrics.replicaDraining.set({ replica: id }, reachable && !up ? 1 : 0);
        },
      },
      log,
    );
  }

  /** Takes up a configuration, the first one or a changed one. */
  configure(config: GatewayConfig): void {
    this.poolHasIdentity = config.poolHasIdentity;
    this.tenants.configure(config.tenants);
    this.locks.configure(config.sharedStorage);
    this.pool.configure(config);
    this.#endRevoked();
  }

  setTokens(tokens: Tokens): void {
    this.tenants.setTokens(tokens);
    this.#endRevoked();
  }

  #measure(): void {
    this.metrics.unauthenticated.set(this.#strangers.size);
    for (const { id, clients, turns } of this.tenants) {
      this.metrics.connections.set({ tenant: id }, clients.size);
      this.metrics.turns.set({ tenant: id }, turns);
    }
  }

  accept(socket: Socket): void {
    if (this.#draining || this.#strangers.size >= MAX_UNAUTHENTICATED) {
      socket.destroy();
      return;
    }
    const client = new Client(socket, {
      call: (from, id, method, params) => this.#call(from, id, method, params),
      closed: (from, why) => this.#closed(from, why),
      cutOff: (from, why) => this.#audit.cutOff(from, why),
      traffic: ({ tenant }, received, sent) => {
        if (received > 0) this.metrics.received.inc({ tenant: tenant?.id ?? '' }, received);
        if (sent > 0) this.metrics.sent.inc({ tenant: tenant?.id ?? '' }, sent);
      },
    });
    this.#clients.add(client);
    const timer = setTimeout(() => client.cutOff('no token in time'), HANDSHAKE_MS).unref();
    this.#strangers.set(client, { attempts: 0, timer });
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** From now on no connection is taken and nothing begins here; turns that wait for a replica can do so elsewhere. */
  refuseNew(): void {
    this.#draining = true;
    for (const session of this.sessions) session.refuseWaiting(shuttingDown());
  }

  /** Turns that run. */
  get turns(): number {
    return [...this.sessions].filter(({ busy }) => busy).length;
  }

  /** Ends every connection; their sessions are detached first, so that runtimes write them down. */
  async close(): Promise<void> {
    const sessions = [...this.sessions];
    for (const session of sessions) detach(this, session);
    await Promise.all(sessions.map(({ released }) => released));
    for (const client of this.#clients) client.cutOff('the gateway stops');
    this.pool.close();
  }

  fail({ client, id, method }: Pick<Call, 'client' | 'id' | 'method'>, error: unknown): void {
    let known: RpcError;
    if (error instanceof RpcError) known = error;
    else if (error instanceof LinkBroken) known = unavailable('a replica went down: try again');
    else {
      this.log.error({ err: error, method: allowed(method) ? method : '' }, 'a call failed unexpectedly');
      known = new RpcError(CODE.failed, 'the gateway failed on this call: see its log');
    }
    this.#audit.refused(client, method, known);
    client.fail(id, known);
  }

  relieve(client: Client, link: Link): void {
    if (!link.congested) return;
    const waiting = this.#waiting.get(link) ?? new Set();
    this.#waiting.set(link, waiting.add(client.pause()));
  }

  #drained(link: Link): void {
    const waiting = this.#waiting.get(link);
    this.#waiting.delete(link);
    waiting?.forEach((go) => go());
  }

  #call(client: Client, id: CallId, method: string, params: Json): void {
    try {
      const { tenant } = client;
      if (!tenant) return this.#handshake(client, id, method, params);
      const { treatment, keys } = this.#decide(method);
      if (treatment === 'handshake')
        throw forbidden('connect: this connection has been authenticated already');
      if (this.#draining && BEGINS.includes(treatment)) throw shuttingDown();
      if (client.inFlight >= MAX_IN_FLIGHT)
        throw overLimit(`a connection has ${MAX_IN_FLIGHT} calls at once`);
      // Create and resume hold their own parameters to them, with what else there is to say.
      if (treatment !== 'create' && treatment !== 'resume') checkKeys(method, params, keys, tenant.policy);
      const call = { client, tenant, id, method, params };
      const pending = CALLS[treatment](this, call);
      if (pending instanceof Promise) pending.catch((error: unknown) => this.fail(call, error));
    } catch (error) {
      this.fail({ client, id, method }, error);
    }
  }

  #decide(method: string) {
    const found = allowed(method);
    if (found) return found;
    const why = whyDenied(method);
    if (why !== undefined) throw forbidden(`${method} is not allowed through the gateway: it ${why}`);
    throw new Refusal('forbidden', CODE.unknownMethod, `Unhandled method ${method.slice(0, 100)}`);
  }

  #handshake(client: Client, id: CallId, method: string, { token }: Json): void {
    if (method !== 'connect')
      throw new Refusal('authentication', CODE.authenticationRequired, 'AUTHENTICATION_REQUIRED');
    const known = typeof token === 'string' ? this.tenants.authenticate(token) : undefined;
    const stranger = this.#strangers.get(client);
    if (!known) {
      if (stranger && ++stranger.attempts >= MAX_ATTEMPTS) client.cutOff('too many wrong tokens');
      throw new Refusal('authentication', CODE.authenticationFailed, 'AUTHENTICATION_FAILED');
    }
    known.tenant.allow('connections');
    client.tenant = known.tenant;
    client.digest = known.digest;
    this.#forgetStranger(client);
    known.tenant.clients.add(client);
    this.pool.any().then(
      () => client.answer(id, [...this.pool].find(({ hello }) => hello)?.hello),
      (error: unknown) => this.fail({ client, id, method }, error),
    );
  }

  #forgetStranger(client: Client): void {
    clearTimeout(this.#strangers.get(client)?.timer);
    this.#strangers.delete(client);
  }

  /** A client is gone: its sessions are detached, and nothing else. */
  #closed(client: Client, why: string): void {
    const { tenant } = client;
    this.#clients.delete(client);
    this.#forgetStranger(client);
    if (!tenant) return;
    tenant.clients.delete(client);
    this.log.debug({ tenant: tenant.id, client: client.name, why }, 'a connection was closed');
    for (const session of client.sessions.values()) {
      // One that is being attached is detached as soon as it is.
      if (session.state === 'attached' || session.state === 'parked') detach(this, session);
    }
  }

  /** A token that is valid no more ends the connections that came with it. */
  #endRevoked(): void {
    for (const client of this.#clients) {
      const { tenant, digest } = client;
      if (!tenant || !digest) continue;
      if (this.tenants.get(tenant.id) === tenant && this.tenants.isValid(tenant, digest)) continue;
      client.cutOff('its token is valid no more');
    }
  }
}

const shuttingDown = () => new Refusal('unavailable', CODE.shuttingDown, 'SERVER_SHUTTING_DOWN');
