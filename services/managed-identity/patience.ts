import pRetry from 'p-retry';

import { AzureFailure, type Missing } from './failure.js';

/**
 * Retries of the SDK itself, which keep to `Retry-After`. Few of them, for what takes minutes is waited for here,
 * where the reason is told and a stop is heard.
 */
export const SDK_RETRIES = { maxRetries: 1, maxRetryDelayInMs: 5000 } as const;

/**
 * Longest wait for one answer, in milliseconds, retries of the SDK included: a wall that swallows packets gives none for
 * minutes, in which nobody would be told.
 */
export const ANSWER_MS = 20_000;

/** Pauses between attempts, in milliseconds. */
const PAUSES = { first: 1000, longest: 15_000 } as const;

export interface Patience {
  /** How long something may be missing, in milliseconds. */
  readonly forMs: number;
  /** How long in particular, in milliseconds. @default - as long as anything else */
  readonly forMissingMs?: Partial<Record<Missing, number>>;
  /** First pause, in milliseconds; each is twice as long as the one before, up to 15 s. @default 1000 */
  readonly firstPauseMs?: number;
  /** Told when it begins to wait, and again when it waits for something else. */
  readonly onWaiting?: (failure: AzureFailure) => void;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/**
 * Repeats an attempt for minutes, since a new role takes as long to be known, and a network or an identity may come up
 * after the container.
 *
 * @throws {AzureFailure} the last one; anything else at once
 */
export async function persist<T>(attempt: () => Promise<T>, patience: Patience): Promise<T> {
  const { forMs, forMissingMs, firstPauseMs = PAUSES.first, onWaiting, signal } = patience;
  const began = performance.now();
  let told: string | undefined;
  return pRetry(attempt, {
    forever: true,
    minTimeout: firstPauseMs,
    maxTimeout: PAUSES.longest,
    factor: 2,
    randomize: true,
    ...(signal && { signal }),
    shouldRetry: (error) => {
      if (!(error instanceof AzureFailure)) return false;
      if (performance.now() - began >= (forMissingMs?.[error.missing] ?? forMs)) return false;
      if (error.message !== told) onWaiting?.(error);
      told = error.message;
      return true;
    },
  });
}
