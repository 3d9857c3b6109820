import { setTimeout as delay } from 'node:timers/promises';

import type { Answer, AzureRequest } from './exchange.js';

/** What goes wrong with some requests. */
export interface Fault {
  readonly when: (request: AzureRequest) => boolean;
  /** Requests that it meets. @default - all, until it is lifted */
  readonly times?: number;
  /** Waits before the answer, in milliseconds. @default 0 */
  readonly delayMs?: number;
  /** The answer instead of the true one, or `hang up`. @default - the true one */
  readonly answer?: Answer | 'hang up';
}

/** Faults that a test has asked for. */
export class Faults {
  readonly #faults = new Map<Fault, number>();

  /** @returns ends the fault */
  add(fault: Fault): () => void {
    this.#faults.set(fault, fault.times ?? Infinity);
    return () => void this.#faults.delete(fault);
  }

  clear(): void {
    this.#faults.clear();
  }

  /** What a request gets instead of its answer, after the delay. */
  async meet(request: AzureRequest): Promise<Answer | 'hang up' | undefined> {
    for (const [fault, left] of this.#faults) {
      if (!fault.when(request)) continue;
      if (left <= 1) this.#faults.delete(fault);
      else this.#faults.set(fault, left - 1);
      if (fault.delayMs) await delay(fault.delayMs);
      return fault.answer;
    }
    return undefined;
  }
}

/** Azure's answer to too many requests. */
export const TOO_MANY: Answer = {
  status: 429,
  headers: { 'Retry-After': '1' },
  body: { error: { code: 'TooManyRequests', message: 'The request was throttled.' } },
};

export const BROKEN: Answer = {
  status: 500,
  body: { error: { code: 'InternalServerError', message: 'The server encountered an internal error.' } },
};
