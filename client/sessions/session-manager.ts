import { randomBytes } from 'node:crypto';

import type {
  AssistantMessageEvent,
  CopilotClient,
  CopilotSession,
  SessionConfig,
} from '@github/copilot-sdk';
import pLimit from 'p-limit';
import pRetry from 'p-retry';
import pTimeout from 'p-timeout';

import { SessionLock, type SessionLease } from '../locks/session-lock.js';

import { AttachedSessions } from './attached.js';
import { Connection, isStopping, type Live } from './connection.js';
import { Deadline } from './deadline.js';
import { runTurn } from './turn.js';

/** Longest wait for sessions to be let go, in milliseconds. */
const CLEAN_UP_MS = 5000;

/** Settings of a session. The runtime keeps neither tools nor tokens: they are asked for at each create and resume. */
export type SessionSettings = Omit<SessionConfig, 'sessionId' | 'infiniteSessions' | 'cloud'>;

export interface SessionManagerOptions {
  /** Opens a client, e.g. `() => connectTenant(manifest, 'acme', { resolve })`; asked again after each loss. */
  readonly connect: () => Promise<CopilotClient>;
  /** Tools, provider and tokens of a session. */
  readonly settings: (sessionId: string) => SessionSettings | Promise<SessionSettings>;
  /** Sessions that stay attached at once; the least recently used one makes room. @default 50 */
  readonly maxLive?: number;
  /** One turn at a time per session. @default - within this process; with several back ends give one on Redis */
  readonly lock?: SessionLock;
  /** Longest turn, waiting for lock, room and connection included, in milliseconds. @default 120_000 */
  readonly turnTimeoutMs?: number;
  /**
   * Longest wait for a connection, in milliseconds. A runtime that drains refuses a token that was rotated meanwhile,
   * and nobody listens until it is back. @default 60_000
   */
  readonly reconnectTimeoutMs?: number;
  /** Share of the context window, 0 to 1, from which on persistent sessions are summarised. @default 0.8 */
  readonly compactionThreshold?: number;
  /** Between two looks at whether the other side is still there, in milliseconds. @default 1000 */
  readonly pingIntervalMs?: number;
  /** A side that is silent for so long has gone, in milliseconds. @default 60_000 */
  readonly silenceMs?: number;
}

export interface TurnOptions {
  /** @default - `turnTimeoutMs` of the manager */
  readonly timeoutMs?: number;
}

/**
 * Keeps the sessions of one tenant in order: attaches them on demand, as many at once as agreed, one turn at a time
 * each, and lets no caller wait for ever on a runtime that has gone.
 */
export class SessionManager {
  readonly #settings: SessionManagerOptions['settings'];
  readonly #lock: SessionLock;
  readonly #connection: Connection;
  readonly #attached: AttachedSessions;
  /** As many turns at once as sessions may be attached: so there is always one to evict. */
  readonly #slots: ReturnType<typeof pLimit>;
  readonly #turnTimeoutMs: number;
  readonly #compactionThreshold: number;

  constructor(options: SessionManagerOptions) {
    const { connect, maxLive = 50, compactionThreshold = 0.8 } = options;
    if (!Number.isInteger(maxLive) || maxLive < 1) {
      throw new RangeError(`maxLive must be a whole number of 1 or more, got ${maxLive}: use for example 50`);
    }
    if (!(compactionThreshold > 0 && compactionThreshold < 1)) {
      throw new RangeError(
        `compactionThreshold must be between 0 and 1, got ${compactionThreshold}: use for example 0.8`,
      );
    }
    this.#settings = options.settings;
    this.#lock = options.lock ?? new SessionLock();
    this.#turnTimeoutMs = options.turnTimeoutMs ?? 120_000;
    this.#compactionThreshold = compactionThreshold;
    this.#slots = pLimit(maxLive);
    this.#attached = new AttachedSessions(maxLive);
    this.#connection = new Connection({
      connect,
      reconnectTimeoutMs: options.reconnectTimeoutMs ?? 60_000,
      pingIntervalMs: options.pingIntervalMs ?? 1000,
      silenceMs: options.silenceMs ?? 60_000,
    });
  }

  /** Ids of the sessions that are attached now, least recently used first. */
  get live(): readonly string[] {
    return this.#attached.ids;
  }

  /**
   * One turn of a persistent session, which is created if it does not exist yet and resumed if it is not attached.
   *
   * @returns the answer; undefined when the turn ended without one
   * @throws {TurnTimeoutError} when it takes too long: the turn is aborted; {@link ConnectionLostError} when the
   * runtime went away: finished turns are kept, this one may be sent again; {@link TurnError} when the runtime ended
   * the turn with an error; and what {@link SessionLock.with} throws
   */
  async turn(
    sessionId: string,
    prompt: string,
    options: TurnOptions = {},
  ): Promise<AssistantMessageEvent | undefined> {
    return this.#exclusive(sessionId, options, async (live, lease, deadline) => {
      const signal = AbortSignal.any([live.signal, lease.signal]);
      const session = await this.#attach(live.client, sessionId, lease);
      try {
        return await runTurn(session, prompt, deadline, signal);
      } catch (error) {
        if (!isGone(error)) throw error;
        // Ended by the idle timeout meanwhile: nothing was begun, so sending again does nothing twice.
        await this.#attached.detach(sessionId);
        return runTurn(await this.#attach(live.client, sessionId, lease), prompt, deadline, signal);
      }
    });
  }

  /** One turn of a session of its own, which leaves nothing behind. Throws as {@link turn} does. */
  async once(prompt: string, options: TurnOptions = {}): Promise<AssistantMessageEvent | undefined> {
    const sessionId = `once-${randomBytes(12).toString('hex')}`;
    const deadline = this.#deadline('the turn', options);
    return deadline.limit(
      this.#connected(sessionId, deadline, async ({ client, signal }) => {
        const config = {
          ...(await this.#settings(sessionId)),
          sessionId,
          infiniteSessions: { enabled: false },
        };
        const create = () => client.createSession(config);
        const session = await this.#attached.open(sessionId, client, 0, create);
        try {
          return await runTurn(session, prompt, deadline, signal);
        } finally {
          const removal = this.#attached.detach(sessionId).then(() => client.deleteSession(sessionId));
          await pTimeout(removal, { milliseconds: CLEAN_UP_MS }).catch(() => undefined);
        }
      }),
    );
  }

  /**
   * Ends a workflow for good: its session and its history are deleted. One that is not there is no error.
   *
   * @throws {ConnectionLostError} and what {@link SessionLock.with} throws
   */
  async finish(sessionId: string, options: TurnOptions = {}): Promise<void> {
    await this.#exclusive(sessionId, options, async ({ client }) => {
      await this.#attached.detach(sessionId);
      await client.deleteSession(sessionId).catch((error: unknown) => {
        if (!isGone(error)) throw error;
      });
    });
  }

  /**
   * Takes up what has changed, a token or an address for `connect`, a credential in `settings`: when the running turns
   * have ended, every session is detached and the connection closed, and turns that were begun meanwhile go on by a new
   * one. Nothing is lost. Never rejects.
   */
  async renew(): Promise<void> {
    let taken = 0;
    let begin: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (begin = resolve)).then(async () => {
      await this.#detachAll();
      await this.#connection.renew();
    });
    // Who has every slot is alone, and whoever comes later waits in line.
    const take = () =>
      this.#slots(async () => {
        taken += 1;
        if (taken === this.#attached.max) begin();
        await over;
      });
    await Promise.all(Array.from({ length: this.#attached.max }, take));
  }

  /** Detaches every session, which stay resumable, and closes the connection. Never rejects. */
  async close(): Promise<void> {
    await this.#detachAll();
    await this.#connection.close();
  }

  async #detachAll(): Promise<void> {
    await pTimeout(this.#attached.detachAll(), { milliseconds: CLEAN_UP_MS }).catch(() => undefined);
  }

  #deadline(what: string, { timeoutMs = this.#turnTimeoutMs }: TurnOptions): Deadline {
    return new Deadline(what, timeoutMs);
  }

  /** Runs something alone on a session. The lock comes first, so that who waits for it keeps no slot from others. */
  #exclusive<T>(
    sessionId: string,
    options: TurnOptions,
    work: (live: Live, lease: SessionLease, deadline: Deadline) => Promise<T>,
  ): Promise<T> {
    const deadline = this.#deadline(`session ${sessionId}`, options);
    const locked = this.#lock.with(
      sessionId,
      (lease) => this.#connected(sessionId, deadline, (live) => work(live, lease, deadline)),
      deadline.remainingMs,
    );
    return deadline.limit(locked);
  }

  #connected<T>(sessionId: string, deadline: Deadline, work: (live: Live) => Promise<T>): Promise<T> {
    const attempt = async () => {
      deadline.check();
      try {
        return await this.#connection.run(work);
      } catch (error) {
        // What is attached there may be of no use any more.
        if (isNotBegun(error)) await this.#attached.detach(sessionId);
        throw error;
      }
    };
    const options = { forever: true, minTimeout: 100, maxTimeout: 1000, factor: 2, shouldRetry: isNotBegun };
    return this.#slots(() => this.#attached.whileBusy(sessionId, () => pRetry(attempt, options)));
  }

  /** The session, attached to this connection and with all that other back ends have done in it meanwhile. */
  async #attach(client: CopilotClient, sessionId: string, lease: SessionLease): Promise<CopilotSession> {
    return (
      this.#attached.reuse(sessionId, client, lease) ??
      this.#attached.open(sessionId, client, lease.fence, () => this.#resumeOrCreate(client, sessionId))
    );
  }

  async #resumeOrCreate(client: CopilotClient, sessionId: string): Promise<CopilotSession> {
    const infiniteSessions = {
      enabled: true,
      backgroundCompactionThreshold: this.#compactionThreshold,
    };
    const config = { ...(await this.#settings(sessionId)), infiniteSessions };
    try {
      return await client.resumeSession(sessionId, config);
    } catch (error) {
      if (!isGone(error)) throw error;
      return client.createSession({ ...config, sessionId });
    }
  }
}

/** What runtimes and gateways say of a session that they do not have. */
function isGone(error: unknown): boolean {
  return error instanceof Error && /session (file )?not found/i.test(error.message);
}

/** Answers after which a call may be made again: whoever gave it is about to end, or a replica is away for a while. */
function isNotBegun(error: unknown): boolean {
  const { code, data } = error as { code?: unknown; data?: { retriable?: unknown; passedOn?: unknown } };
  return isStopping(error) || (code === -32012 && data?.retriable === true && data.passedOn !== true);
}
