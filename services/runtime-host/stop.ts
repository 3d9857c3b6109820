import type { Log } from './log.js';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** How long a runtime may take to end, in milliseconds; it usually takes 100. */
export const STOP_DEADLINE_MS = 10_000;

/**
 * A signal this soon after the first is the same request: a terminal's Ctrl-C reaches the whole process group, and a
 * parent in it passes it on.
 */
const SAME_REQUEST_MS = 500;

/** What stops when the host is asked to. */
export interface Stoppable {
  /** No longer ready. */
  unavailable(): void;
  /**
   * Lets what runs come to an end, until the signal says that there is no time; never rejects.
   * @default - nothing runs yet
   */
  drain?(forced: AbortSignal): Promise<unknown>;
  /** Asks the runtime to end, or kills it. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Turns signals, and the loss of the parent, into one orderly stop. */
export class StopRequests {
  /** Asked to stop. */
  requested = false;
  /** The runtime had to be killed. */
  forced = false;
  #requestedAt = 0;
  #draining: AbortController | undefined;
  #target: Stoppable | undefined;

  /** Until {@link attach}, there is nothing to wait for: a request ends the host at once. */
  constructor(private readonly log: Log) {
    // SIGHUP would kill a runtime uncleanly, therefore it is a SIGTERM from here on.
    for (const signal of SIGNALS) process.on(signal, () => this.#request(signal, true));
    if (process.connected) process.once('disconnect', () => this.#request('the parent is gone', false));
  }

  attach(target: Stoppable): void {
    this.#target = target;
  }

  #request(why: string, signalled: boolean): void {
    if (!this.#target) process.exit(0);
    if (!this.requested) {
      this.requested = true;
      this.#requestedAt = performance.now();
      this.log.info({ why }, 'stopping');
      this.#target.unavailable();
      // Nobody waits for the turns of a host whose parent is gone, and another one may want its home.
      void this.#end(this.#target, signalled);
    } else if (signalled && performance.now() - this.#requestedAt > SAME_REQUEST_MS) {
      if (!this.#draining || this.#draining.signal.aborted) return this.#force(`another signal: ${why}`);
      this.log.warn({ why }, 'not waiting for running turns any longer');
      this.#requestedAt = performance.now();
      this.#draining.abort();
    }
  }

  async #end(target: Stoppable, drained: boolean): Promise<void> {
    if (drained && target.drain) {
      this.#draining = new AbortController();
      await target.drain(this.#draining.signal);
      this.#draining = undefined;
    }
    target.kill('SIGTERM');
    setTimeout(
      () => this.#force(`it did not end within ${STOP_DEADLINE_MS / 1000} s`),
      STOP_DEADLINE_MS,
    ).unref();
  }

  #force(why: string): void {
    this.forced = true;
    this.log.warn({ why }, 'killing the runtime');
    this.#target?.kill('SIGKILL');
  }
}
