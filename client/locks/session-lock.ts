import { randomUUID } from 'node:crypto';

import pRetry from 'p-retry';
import pTimeout from 'p-timeout';

import type { Grant, LockBackend } from './backend.js';
import { MemoryLocks } from './memory.js';

export interface SessionLockOptions {
  /** @default - within this process */
  readonly backend?: LockBackend;
  /** A holder that has died frees the lock after this time, in milliseconds. @default 30_000 */
  readonly ttlMs?: number;
  /** Longest wait for a lock that somebody holds, in milliseconds. @default 10_000 */
  readonly waitMs?: number;
}

/** Somebody else held the lock for as long as we waited. */
export class LockBusyError extends Error {
  override readonly name = 'LockBusyError';
}

/** The place where locks are kept did not answer. */
export class LockUnavailableError extends Error {
  override readonly name = 'LockUnavailableError';
}

/** The lock was lost while its holder still worked: somebody else may hold it now. */
export class LockLostError extends Error {
  override readonly name = 'LockLostError';
}

/** A lock that is held. */
export interface SessionLease extends Grant {
  readonly sessionId: string;
  /** Aborts with a {@link LockLostError} when the lock is lost; stop working and write nothing more. */
  readonly signal: AbortSignal;
  /** Gives the lock back. False: it had been lost before. Never rejects; a lock that cannot be reached expires. */
  release(): Promise<boolean>;
  /** Renews it no more and gives it to nobody: it is free when it expires. For work whose end is not known. */
  lapse(): void;
}

/** One holder per session at a time, among all that share a backend. */
export class SessionLock {
  readonly #backend: LockBackend;
  readonly #ttlMs: number;
  readonly #waitMs: number;

  constructor({ backend = new MemoryLocks(), ttlMs = 30_000, waitMs = 10_000 }: SessionLockOptions = {}) {
    if (!(ttlMs >= 100))
      throw new RangeError(`ttlMs must be at least 100, got ${ttlMs}: use for example 30000`);
    if (!(waitMs >= 0))
      throw new RangeError(`waitMs must be 0 or more, got ${waitMs}: use for example 10000`);
    this.#backend = backend;
    this.#ttlMs = ttlMs;
    this.#waitMs = waitMs;
  }

  /**
   * Runs something while holding the lock of a session.
   *
   * @throws {LockBusyError} when somebody else held it for all of `waitMs`; {@link LockUnavailableError};
   * {@link LockLostError} when it was lost meanwhile, even if the work itself came to an end
   */
  async with<T>(sessionId: string, work: (lease: SessionLease) => Promise<T>, waitMs?: number): Promise<T> {
    const lease = await this.acquire(sessionId, waitMs);
    try {
      const result = await work(lease);
      lease.signal.throwIfAborted();
      return result;
    } finally {
      await lease.release();
    }
  }

  /**
   * Waits for the lock of a session and renews it until it is released.
   *
   * @throws {LockBusyError} {@link LockUnavailableError}
   */
  async acquire(sessionId: string, waitMs = this.#waitMs): Promise<SessionLease> {
    const owner = randomUUID();
    const deadline = performance.now() + waitMs;
    const attempt = async () => {
      // From before the request on: the backend counts from when it got it, which is later.
      const since = performance.now();
      const grant = await this.#ask(this.#backend.acquire(sessionId, owner, this.#ttlMs));
      if (grant) return this.#hold(sessionId, owner, grant, since);
      throw new LockBusyError(
        `session ${sessionId} is in use: somebody else held its lock for ${waitMs} ms; try again later, or raise waitMs`,
      );
    };
    return pRetry(attempt, {
      forever: true,
      minTimeout: 20,
      maxTimeout: 250,
      factor: 1.5,
      randomize: true,
      shouldRetry: (error) => error instanceof LockBusyError && performance.now() < deadline,
    });
  }

  #hold(sessionId: string, owner: string, grant: Grant, since: number): SessionLease {
    const lost = new AbortController();
    const every = Math.floor(this.#ttlMs / 3);
    let expiresAt = since + this.#ttlMs;
    let released: Promise<boolean> | undefined;

    const lose = (why: string) => {
      clearTimeout(timer);
      if (released || lost.signal.aborted) return;
      lost.abort(
        new LockLostError(
          `the lock of session ${sessionId} was lost (${why}): write nothing more, and begin anew`,
        ),
      );
    };
    const renew = async () => {
      const asked = performance.now();
      // A process that slept longer than the lock lived must not take it up again.
      if (asked >= expiresAt) return lose('it expired');
      try {
        const held = await pTimeout(this.#backend.renew(sessionId, owner, this.#ttlMs), {
          milliseconds: expiresAt - asked,
        });
        if (!held) return lose('somebody else has it, or its place was emptied');
        expiresAt = asked + this.#ttlMs;
      } catch {
        // Still ours until it expires; meanwhile its place may be back.
      }
      if (!released && !lost.signal.aborted) schedule();
    };
    let timer: NodeJS.Timeout;
    const schedule = () => {
      const wait = Math.max(0, Math.min(every, expiresAt - performance.now()));
      timer = setTimeout(() => void renew(), wait);
      timer.unref();
    };
    schedule();

    return {
      ...grant,
      sessionId,
      signal: lost.signal,
      release: () => {
        clearTimeout(timer);
        released ??= this.#ask(this.#backend.release(sessionId, owner)).catch(() => false);
        return released;
      },
      lapse: () => {
        clearTimeout(timer);
        released ??= Promise.resolve(false);
      },
    };
  }

  async #ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await pTimeout(answer, { milliseconds: Math.min(this.#ttlMs, 5000) });
    } catch (error) {
      throw new LockUnavailableError(
        `the place of the session locks does not answer (${error instanceof Error ? error.message : String(error)}): see that Redis runs and can be reached`,
        { cause: error },
      );
    }
  }
}
