import { setMaxListeners } from 'node:events';

import type { CopilotClient } from '@github/copilot-sdk';
import pRetry, { AbortError } from 'p-retry';
import pTimeout, { TimeoutError } from 'p-timeout';

import { untilAborted } from './deadline.js';

/** The runtime or gateway went away. Finished turns are kept; what was running is not. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

export interface ConnectionOptions {
  /** Opens a client; asked again after each loss, for an address or a token may have changed. */
  readonly connect: () => Promise<CopilotClient>;
  /** Longest that a caller waits for a connection, in milliseconds. */
  readonly reconnectTimeoutMs: number;
  /** Between two looks at whether the other side is still there, in milliseconds; only while work waits for it. */
  readonly pingIntervalMs: number;
  /** A side that is silent for so long has gone, in milliseconds. A large prompt stalls a runtime for 24 s. */
  readonly silenceMs: number;
}

/** A client, and the signal that aborts with a {@link ConnectionLostError} when it is of no more use. */
export interface Live {
  readonly client: CopilotClient;
  readonly signal: AbortSignal;
}

/**
 * One client at a time, a new one after each loss: a client whose restart failed cannot be started again. The SDK
 * tells nobody that a connection has closed, and waits on; therefore pings.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #current: Promise<Watched> | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /**
   * Runs work with a client; rejects as soon as the client is lost.
   *
   * @throws {ConnectionLostError} when no connection could be made in time, or when it was lost meanwhile
   */
  async run<T>(work: (live: Live) => Promise<T>): Promise<T> {
    const watched = await this.#usable();
    watched.watch();
    try {
      return await untilAborted(work(watched), watched.signal);
    } catch (error) {
      if (isConnectionError(error)) watched.fail(error);
      if (isStopping(error)) await this.#retire(watched);
      // A call that failed for the loss says less than the loss.
      watched.signal.throwIfAborted();
      throw error;
    } finally {
      watched.rest();
    }
  }

  /** Closes the connection there is, if any; the next one who needs it opens another. */
  async renew(): Promise<void> {
    const watched = await this.#current?.catch(() => undefined);
    watched?.fail(new ConnectionLostError('the connection was given up for a new one'));
  }

  /** The other side begins nothing more, but finishes what runs: for the next one who needs it there is another. */
  async #retire(watched: Watched): Promise<void> {
    if ((await this.#current?.catch(() => undefined)) === watched) this.#current = undefined;
    watched.retire();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const watched = await this.#current?.catch(() => undefined);
    watched?.fail(new ConnectionLostError('the session manager was closed'));
  }

  /** A client that is known to have been there just now: one that nobody waited for may have gone unnoticed. */
  async #usable(): Promise<Watched> {
    for (;;) {
      const watched = await this.#open();
      if (await watched.answers()) return watched;
    }
  }

  #open(): Promise<Watched> {
    if (this.#closed) throw new ConnectionLostError('the session manager is closed: make a new one');
    const opening = (this.#current ??= this.#connect());
    const forget = () => {
      if (this.#current === opening) this.#current = undefined;
    };
    void opening.then(({ signal }) => signal.addEventListener('abort', forget, { once: true }), forget);
    return opening;
  }

  async #connect(): Promise<Watched> {
    const { connect, reconnectTimeoutMs } = this.#options;
    let last: unknown;
    let over = false;
    const attempt = async () => {
      if (over) throw new AbortError('over');
      try {
        const client = await connect();
        // Nobody waits for it any more.
        if (over) await client.forceStop();
        return new Watched(client, this.#options);
      } catch (error) {
        last = error;
        if (isFinal(error)) throw new AbortError(error as Error);
        throw error;
      }
    };
    try {
      return await pTimeout(
        pRetry(attempt, { forever: true, minTimeout: 50, maxTimeout: 1000, factor: 1.5, randomize: true }),
        { milliseconds: reconnectTimeoutMs },
      );
    } catch (error) {
      over = true;
      if (!(error instanceof TimeoutError)) throw error;
      if (isRefusal(last)) throw last;
      const why = last instanceof Error ? last.message : 'no answer';
      throw new ConnectionLostError(
        `no connection within ${reconnectTimeoutMs / 1000} s (${why}): see that the runtime or gateway runs`,
        { cause: last },
      );
    }
  }
}

/** A client that is asked now and then whether it is still there, while somebody waits for it. */
class Watched implements Live {
  readonly #lost = new AbortController();
  readonly signal = this.#lost.signal;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;
  #isNew = true;
  #isRetired = false;
  #heardAt = 0;
  #watchedSince = 0;

  constructor(
    readonly client: CopilotClient,
    readonly options: Pick<ConnectionOptions, 'pingIntervalMs' | 'silenceMs'>,
  ) {
    // One per turn, of which many run at once.
    setMaxListeners(0, this.signal);
  }

  watch(): void {
    this.#waiting += 1;
    if (this.#timer || this.signal.aborted) return;
    this.#watchedSince = performance.now();
    this.#timer = setInterval(() => this.#look(), this.options.pingIntervalMs);
  }

  rest(): void {
    this.#waiting -= 1;
    if (this.#waiting > 0) return;
    this.#stop();
    if (this.#isRetired) this.fail(new ConnectionLostError('the runtime or gateway is about to end'));
  }

  /** Closes it once nobody waits for it any more. */
  retire(): void {
    this.#isRetired = true;
  }

  /** Whether the other side is there; asked unless the connection is new. */
  async answers(): Promise<boolean> {
    if (this.signal.aborted) return false;
    const isNew = this.#isNew;
    this.#isNew = false;
    if (isNew) return true;
    this.watch();
    try {
      await untilAborted(this.client.ping(''), this.signal);
      this.#heardAt = performance.now();
      return true;
    } catch (error) {
      this.fail(error as Error);
      return false;
    } finally {
      this.rest();
    }
  }

  fail(error: Error): void {
    if (this.signal.aborted) return;
    this.#stop();
    const lost =
      error instanceof ConnectionLostError
        ? error
        : new ConnectionLostError(
            `the runtime or gateway went away (${error.message}): finished turns are kept, send the last one again`,
            { cause: error },
          );
    this.#lost.abort(lost);
    void this.client.forceStop().catch(() => undefined);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Not awaited: a ping that races the end of a connection may never be answered. */
  #look(): void {
    if (performance.now() - Math.max(this.#heardAt, this.#watchedSince) > this.options.silenceMs) {
      return this.fail(new Error(`silent for ${this.options.silenceMs / 1000} s`));
    }
    this.client.ping('').then(
      () => (this.#heardAt = performance.now()),
      (error: Error) => this.fail(error),
    );
  }
}

/** What the SDK throws when the other side has gone. */
function isConnectionError(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  return (
    error.name === 'ConnectionError' ||
    ['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED'].includes(String(code)) ||
    /connection (is|got) (closed|disposed)|Client not connected/i.test(error.message)
  );
}

/** What is answered by who is about to end: nothing has been begun. */
export function isStopping(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return code === -32000 && /shutting.?down/i.test(String(message));
}

/** A refused token. It may be a new one that a runtime which drains takes up only when it starts anew. */
function isRefusal(error: unknown): error is Error {
  const { code } = error as { code?: unknown };
  return error instanceof Error && (code === -32001 || code === -32002);
}

/** What no further attempt changes. */
function isFinal(error: unknown): boolean {
  const { name } = error as { name?: unknown };
  return name === 'NoRouteError' || name === 'OptionsError';
}
