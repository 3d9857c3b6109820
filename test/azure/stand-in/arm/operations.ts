import { randomUUID } from 'node:crypto';

import { AzureError, type Answer } from '../exchange.js';
import { ARM_HOST } from '../metadata.js';

import type { OperationFailure } from './kind.js';

/** Long operations: they are over when they are first asked for, one way or the other. */
export class Operations {
  readonly #failures = new Map<string, OperationFailure | undefined>();

  /** @returns headers that lead a client to the outcome */
  add(subscription: string, failure: OperationFailure | undefined): Readonly<Record<string, string>> {
    const id = randomUUID();
    this.#failures.set(id, failure);
    const url = `https://${ARM_HOST}${subscription}/providers/Microsoft.StandIn/operations/${id}?api-version=2020-01-01`;
    // A pause of seconds, which is what clients take when nobody tells them, would make every test slow.
    return { 'Azure-AsyncOperation': url, 'Retry-After': '0' };
  }

  answer(id: string): Answer {
    if (!this.#failures.has(id)) throw new AzureError(404, 'OperationNotFound', `no operation ${id}`);
    const error = this.#failures.get(id);
    return { status: 200, body: error ? { status: 'Failed', error } : { status: 'Succeeded' } };
  }
}
