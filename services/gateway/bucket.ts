/** Burst that is let through at once, in seconds of the rate. */
const BURST_SECONDS = 2;

/** A token bucket: says how long to wait so that use stays below a rate. */
export class Bucket {
  #level: number;
  #at = performance.now();

  constructor(private readonly perSecond: () => number) {
    this.#level = perSecond() * BURST_SECONDS;
  }

  /** Takes an amount. @returns milliseconds to wait before the next; 0 for none */
  take(amount: number): number {
    const now = performance.now();
    const rate = this.perSecond();
    this.#level = Math.min(rate * BURST_SECONDS, this.#level + ((now - this.#at) / 1000) * rate) - amount;
    this.#at = now;
    return this.#level >= 0 ? 0 : (-this.#level / rate) * 1000;
  }
}
