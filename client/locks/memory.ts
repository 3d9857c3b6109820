import type { FencedStore, Grant, LockBackend } from './backend.js';

interface Entry {
  fence: number;
  owner?: string | undefined;
  expiresAt: number;
  value?: string;
}

/** Locks that are remembered after their release. */
const MAX_KEPT = 10_000;

/** Locks and fenced values within one process: the embedded default, for an application with one back end. */
export class MemoryLocks implements LockBackend, FencedStore {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;
  /** One for all keys, so that it goes on rising for a key that was forgotten. */
  #lastFence = 0;

  /** @param now milliseconds of a clock that never goes back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  async acquire(key: string, owner: string, ttlMs: number): Promise<Grant | undefined> {
    const entry = this.#entries.get(key);
    if (entry?.owner !== undefined && entry.expiresAt > this.#now()) return undefined;
    this.#lastFence += 1;
    const fence = this.#lastFence;
    this.#entries.delete(key);
    this.#entries.set(key, { ...entry, fence, owner, expiresAt: this.#now() + ttlMs });
    this.#prune();
    return { fence, ...(entry && { previousFence: entry.fence }) };
  }

  async renew(key: string, owner: string, ttlMs: number): Promise<boolean> {
    const entry = this.#held(key, owner);
    if (entry) entry.expiresAt = this.#now() + ttlMs;
    return entry !== undefined;
  }

  async release(key: string, owner: string): Promise<boolean> {
    const entry = this.#held(key, owner);
    if (entry) entry.owner = undefined;
    return entry !== undefined;
  }

  async write(key: string, fence: number, value: string): Promise<boolean> {
    const entry = this.#entries.get(key);
    if (entry?.fence !== fence) return false;
    entry.value = value;
    return true;
  }

  async read(key: string): Promise<string | undefined> {
    return this.#entries.get(key)?.value;
  }

  /** Forgets the locks that were released longest ago, for there is no end of session ids. */
  #prune(): void {
    for (const [key, { owner, value }] of this.#entries) {
      if (this.#entries.size <= MAX_KEPT) return;
      if (owner === undefined && value === undefined) this.#entries.delete(key);
    }
  }

  #held(key: string, owner: string): Entry | undefined {
    const entry = this.#entries.get(key);
    return entry?.owner === owner && entry.expiresAt > this.#now() ? entry : undefined;
  }
}
