import { ApiException } from '@kubernetes/client-node';
import pTimeout, { TimeoutError } from 'p-timeout';

import { ClusterError } from './errors.js';

/** How long one answer of the API server may take. The client library itself would wait for ever. */
const ANSWER_MS = 15_000;

/** HTTP status of a failed call; undefined when there was no answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof ApiException ? error.code : undefined;

/** What was wrong with a call, on one line. Never the whole answer: its headers are of no use to anybody. */
export function describeApiError(error: unknown): string {
  if (error instanceof ApiException) return `${error.code} ${messageOfStatus(error.body)}`.trim();
  if (error instanceof TimeoutError) return `no answer within ${ANSWER_MS / 1000} s`;
  const { message, code } = error as NodeJS.ErrnoException;
  // node-fetch puts its own words before those of the system.
  const text = (message ?? String(error)).replace(/^request to \S+ failed, reason: /, '');
  return oneLine(text === '' ? (code ?? 'no reason is given') : text);
}

/**
 * Calls the API, for not longer than {@link ANSWER_MS}.
 *
 * @param what completes "cannot …"
 * @throws {ClusterError}
 */
export async function ask<T>(what: string, call: Promise<T>): Promise<T> {
  try {
    return await inTime(call);
  } catch (error) {
    throw new ClusterError(`cannot ${what}: ${describeApiError(error)}`, { cause: error });
  }
}

/** @throws {TimeoutError} when there is no answer in time */
export const inTime = <T>(call: Promise<T>): Promise<T> => pTimeout(call, { milliseconds: ANSWER_MS });

/** Undefined where the object is not there. */
export async function orMissing<T>(call: Promise<T>): Promise<T | undefined> {
  return call.catch((error: unknown) => {
    if (statusOf(error) === 404) return undefined;
    throw error;
  });
}

function messageOfStatus(body: unknown): string {
  const { message } = parsed(body);
  return typeof message === 'string' ? oneLine(message) : '';
}

function parsed(body: unknown): { message?: unknown } {
  if (typeof body === 'object' && body !== null) return body;
  try {
    const value: unknown = JSON.parse(String(body));
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
