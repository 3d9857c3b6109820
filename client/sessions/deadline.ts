import pTimeout from 'p-timeout';

/** A turn that was not finished in time. */
export class TurnTimeoutError extends Error {
  override readonly name = 'TurnTimeoutError';
}

/** When something must be over. */
export class Deadline {
  readonly #at: number;

  constructor(
    readonly what: string,
    readonly timeoutMs: number,
  ) {
    this.#at = performance.now() + timeoutMs;
  }

  /** Milliseconds left, at least 1. */
  get remainingMs(): number {
    return Math.max(1, this.#at - performance.now());
  }

  /** @throws {TurnTimeoutError} when it is over */
  check(): void {
    if (performance.now() >= this.#at) throw this.#late();
  }

  /** Rejects with a {@link TurnTimeoutError} at the deadline, whatever the promise still does then. */
  limit<T>(promise: Promise<T>): Promise<T> {
    return pTimeout(promise, { milliseconds: this.remainingMs, message: this.#late() });
  }

  #late(): TurnTimeoutError {
    return new TurnTimeoutError(
      `${this.what} did not finish within ${this.timeoutMs / 1000} s: allow more time (timeoutMs), or ask for less`,
    );
  }
}

/** Settles as the promise does, or rejects with the reason of the signal, whichever is first. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
