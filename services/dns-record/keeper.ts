import { setTimeout as delay } from 'node:timers/promises';

import pTimeout from 'p-timeout';

import { AzureFailure } from '../managed-identity/failure.js';
import { persist } from '../managed-identity/patience.js';

import { ownAddress } from './address.js';
import type { RecordSet } from './record-set.js';

/** Between two looks at record and address, in milliseconds. */
const CHECK_MS = 60_000;

/** Longest wait for the record to be given back at the end, in milliseconds. */
const RELEASE_MS = 5000;

/** What it says of itself; both loggers have it. */
export interface RecordLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface RecordKeeperProps {
  readonly record: Pick<RecordSet, 'name' | 'read' | 'lead'>;
  /** Where the record leads while nobody is there. */
  readonly placeholder: string;
  readonly log: RecordLog;
  /** How it learns the address. @default ownAddress */
  readonly address?: () => Promise<string>;
  /** Between two looks, in milliseconds. @default 60_000 */
  readonly checkMs?: number;
  /** First pause after a failure, in milliseconds. @default 1000 */
  readonly firstPauseMs?: number;
}

/**
 * Keeps a DNS record leading to this container, whose address changes whenever its group restarts. Begins at once, and
 * goes on trying for as long as the container runs.
 */
export class RecordKeeper {
  /** Why others cannot find this container; undefined when they can. */
  obstacle: string | undefined;
  /** Where the record led when it was last seen. */
  #leadsTo: string | undefined;
  readonly #props: Required<RecordKeeperProps>;
  readonly #stop = new AbortController();

  constructor(props: RecordKeeperProps) {
    this.#props = { address: ownAddress, checkMs: CHECK_MS, firstPauseMs: 1000, ...props };
    this.obstacle = `the DNS record ${props.record.name} does not lead here yet`;
    void this.#keep();
  }

  /**
   * Makes the record lead nowhere, unless it leads to somebody else by now: the next container with this address may
   * be another tenant's, and clients would show it their token.
   */
  async release(): Promise<void> {
    this.#stop.abort();
    const { record, placeholder, log } = this.#props;
    const giveBack = async () => {
      const found = await record.read();
      if (this.#leadsTo !== undefined && isOnly(found.addresses, this.#leadsTo)) {
        await record.lead(found, placeholder);
      }
    };
    await pTimeout(giveBack(), { milliseconds: RELEASE_MS }).catch((error: Error) => {
      log.warn({ record: record.name, reason: error.message }, 'the DNS record still leads here');
    });
  }

  async #keep(): Promise<void> {
    const { log, record, checkMs, firstPauseMs } = this.#props;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await persist(() => this.#check(), {
          forMs: Infinity,
          firstPauseMs,
          signal,
          onWaiting: ({ message }) =>
            log.warn({ record: record.name, reason: message }, 'cannot keep the DNS record right'),
        });
        await delay(checkMs, undefined, { signal, ref: false });
      } catch (error) {
        if (signal.aborted) return;
        // Nothing of the kind is known; a container must not become unreachable for good by it.
        log.warn({ record: record.name, reason: String(error) }, 'cannot keep the DNS record right');
        await delay(checkMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  async #check(): Promise<void> {
    const { address, record, log } = this.#props;
    let own: string | undefined;
    try {
      own = await address();
      const found = await record.read();
      this.#leadsTo = found.addresses.length === 1 ? found.addresses[0] : undefined;
      if (this.#leadsTo !== own) {
        await record.lead(found, own);
        this.#leadsTo = own;
        log.info({ record: record.name, address: own, before: found.addresses }, 'the DNS record leads here');
      }
      this.obstacle = undefined;
    } catch (error) {
      // A record that was right is so still, as long as nobody is known to have changed it.
      const right = own !== undefined && this.#leadsTo === own;
      this.obstacle = right ? undefined : error instanceof AzureFailure ? error.message : String(error);
      throw error;
    }
  }
}

const isOnly = (addresses: readonly string[], one: string) => addresses.length === 1 && addresses[0] === one;
