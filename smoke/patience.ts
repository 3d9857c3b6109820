import pRetry from 'p-retry';
import pTimeout from 'p-timeout';

import { GATEWAY_CODE } from './gateway-codes.js';

/** Longest wait for one call; the SDK itself waits for ever on a runtime that has died. */
export const CALL_TIMEOUT_MS = 20_000;

const RETRY = { retries: 1000, minTimeout: 50, maxTimeout: 1000, maxRetryTime: CALL_TIMEOUT_MS } as const;

/** @throws TimeoutError that says what took too long */
export function inTime<T>(promise: Promise<T>, what: string): Promise<T> {
  return pTimeout(promise, {
    milliseconds: CALL_TIMEOUT_MS + 1000,
    message: `${what} took longer than ${CALL_TIMEOUT_MS / 1000} s`,
  });
}

/**
 * As {@link inTime}, and tries again while the tenant is at a limit: other runs of checks work as the same tenant, and
 * so do its applications.
 */
export function withRoom<T>(attempt: () => Promise<T>, what: string): Promise<T> {
  const shouldRetry = (error: Error) => (error as { code?: unknown }).code === GATEWAY_CODE.limit;
  return inTime(pRetry(attempt, { ...RETRY, shouldRetry }), what);
}
