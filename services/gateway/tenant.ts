import type { GatewayTenant } from '../../topology/gateway-contract.js';

import { Bucket } from './bucket.js';
import type { Client } from './client.js';
import { overLimit } from './errors.js';
import { prefixOf } from './ids.js';

const MIB = 1024 * 1024;

/** A tenant at this gateway: its settings, and what it uses at the moment. */
export class Tenant {
  readonly prefix: string;
  readonly clients = new Set<Client>();
  sessions = 0;
  turns = 0;
  readonly #calls: Bucket;
  readonly #bytes: Bucket;

  constructor(
    readonly id: string,
    public settings: GatewayTenant,
  ) {
    this.prefix = prefixOf(id);
    this.#calls = new Bucket(() => this.limits.callsPerSecond);
    this.#bytes = new Bucket(() => this.limits.mibPerSecond * MIB);
  }

  get limits() {
    return this.settings.limits;
  }

  get policy() {
    return this.settings.policy;
  }

  get frameBytes(): number {
    return this.limits.frameMiB * MIB;
  }

  get bufferBytes(): number {
    return this.limits.bufferMiB * MIB;
  }

  /** Counts what was received. @returns milliseconds to pause reading for */
  received(bytes: number, calls: number): number {
    return Math.max(this.#bytes.take(bytes), this.#calls.take(calls));
  }

  /** @throws {Refusal} when one more would be too many */
  allow(what: 'connections' | 'sessions' | 'turns'): void {
    const now = what === 'connections' ? this.clients.size : this[what];
    const limit = this.limits[what];
    if (now >= limit) {
      throw overLimit(`${what} are at their limit of ${limit} at this gateway: ${REMEDY[what]}`);
    }
  }
}

const REMEDY = {
  connections: 'close one, or share one between sessions',
  sessions: 'disconnect one first',
  turns: 'wait until one has ended',
} as const;
