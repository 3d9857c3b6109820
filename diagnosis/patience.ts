import type { Reason } from './reason.js';

/** A crashing container has a pause between two crashes in which it merely runs. */
const FORGOTTEN_AFTER_MS = 30_000;

/** Remembers how long each reason has stood, for what is bad now may be well in a moment. */
export class Patience {
  readonly #seen = new Map<string, { first: number; last: number }>();

  /**
   * Whether one of the reasons has stood for so long that waiting is in vain.
   *
   * @param now milliseconds on any clock that only goes forward
   */
  isOver(runtime: string, reasons: readonly Reason[], now: number): boolean {
    return reasons.map((reason) => this.#stands(runtime, reason, now)).includes(true);
  }

  #stands(runtime: string, { code, hopelessAfterSeconds }: Reason, now: number): boolean {
    const key = `${runtime} ${code}`;
    const before = this.#seen.get(key);
    const first = before && now - before.last < FORGOTTEN_AFTER_MS ? before.first : now;
    this.#seen.set(key, { first, last: now });
    return hopelessAfterSeconds !== undefined && now - first >= hopelessAfterSeconds * 1000;
  }
}
