import pTimeout, { TimeoutError } from 'p-timeout';
import { messageOf } from './failure.js';
import { describeHomeError, homeErrorCode } from './home.js';
import { guardVolumes } from './volume-guard.js';

/** What is asked of the connection to the runtime. */
export interface Probed {
  ping(): Promise<void>;
  writeProof(): Promise<void>;
  drop(reason: string): void;
}

/** Answer to a probe. */
export interface Verdict {
  readonly ok: boolean;
  /** @default - nothing to say */
  readonly reason?: string;
}

/** Deadlines in milliseconds. */
export interface HealthDeadlines {
  /** How long a readiness probe waits. @default 5000 */
  readonly readyMs?: number;
  /** How long a runtime may stay silent: a 20 MB prompt stalls it for 24 s. @default 60000 */
  readonly silenceMs?: number;
  /** How long a liveness probe waits for the ping before it judges by the silence so far. @default 1000 */
  readonly pingMs?: number;
}

/** A call whose probe has given up may still be under way; later probes wait on the same one. */
class SharedCall {
  #pending: Promise<void> | undefined;
  /** Since when nothing has been answered, in ms of `performance.now()`. */
  unansweredSince: number | undefined;

  constructor(private readonly call: () => Promise<void>) {}

  /** Makes the call or joins the one under way. */
  run(): Promise<void> {
    this.unansweredSince ??= performance.now();
    const pending = (this.#pending ??= this.call());
    const settled = (answered: boolean) => {
      if (this.#pending !== pending) return;
      this.#pending = undefined;
      if (answered) this.unansweredSince = undefined;
    };
    pending.then(
      () => settled(true),
      (error) => settled(homeErrorCode(error) !== undefined),
    );
    return pending;
  }

  get silenceMs(): number {
    return this.unansweredSince === undefined ? 0 : performance.now() - this.unansweredSince;
  }

  /** Stops waiting for the call under way. */
  forget(): void {
    this.#pending = undefined;
  }
}

/** Judges whether the runtime is alive and whether it can serve. */
export class Health {
  readonly #deadlines: Required<HealthDeadlines>;
  #connection: Probed | undefined;
  #unavailable: string | undefined = 'the runtime is starting';
  #obstacle: () => string | undefined = () => undefined;
  #wasReady: boolean | undefined;
  #lostVolume: (() => Promise<string | undefined>) | undefined;

  /** Why another start would fail, or give less than this one, as things are now. @default - it would not */
  restartObstacle: string | undefined;

  /** Hears that it is no longer ready, and that it is again. */
  onChange: (verdict: Verdict) => void = () => undefined;

  #proof: SharedCall | undefined;
  #ping: SharedCall | undefined;

  constructor(
    private readonly home: string,
    deadlines: HealthDeadlines = {},
  ) {
    this.#deadlines = { readyMs: 5000, silenceMs: 60_000, pingMs: 1000, ...deadlines };
  }

  /** Something is waited for before the runtime can start. */
  waiting(reason: string): void {
    this.#unavailable = reason;
  }

  /** Not ready either while this gives a reason, whatever the runtime says. */
  require(obstacle: () => string | undefined): void {
    this.#obstacle = obstacle;
  }

  /** The runtime listens. */
  started(connection: Probed): void {
    this.#connection = connection;
    this.#lostVolume ??= guardVolumes(this.home);
    this.#proof = new SharedCall(() => connection.writeProof());
    this.#ping = new SharedCall(() => connection.ping());
    this.#unavailable = undefined;
  }

  /** From now on not ready, whatever the runtime says. */
  stopping(): void {
    this.#unavailable = 'the runtime is stopping';
  }

  /** Can it serve: does the runtime write into its home? */
  async ready(): Promise<Verdict> {
    const verdict = await this.#judge();
    const before = this.#wasReady;
    // Until it is ready for the first time it is only being started.
    if (before === undefined && !verdict.ok) return verdict;
    this.#wasReady = verdict.ok;
    if (before !== undefined && before !== verdict.ok) this.onChange(verdict);
    return verdict;
  }

  async #judge(): Promise<Verdict> {
    if (this.#unavailable || !this.#proof || !this.#lostVolume)
      return { ok: false, reason: this.#unavailable };
    this.#dropSilent(this.#proof);
    const { readyMs } = this.#deadlines;
    try {
      // Before anything is written: below a volume that is gone it would only seem to be kept.
      const lost = await pTimeout(this.#lostVolume(), { milliseconds: readyMs });
      if (lost === undefined) await pTimeout(this.#proof.run(), { milliseconds: readyMs });
      const reason = this.#unavailable ?? lost ?? this.#obstacle();
      return reason === undefined ? { ok: true } : { ok: false, reason };
    } catch (error) {
      return { ok: false, reason: this.#whyNotReady(error) };
    }
  }

  /** Is it alive: has it answered within the last minute? */
  async live(): Promise<Verdict> {
    if (!this.#ping) return { ok: true, reason: this.#unavailable };
    this.#dropSilent(this.#ping);
    const { pingMs, silenceMs } = this.#deadlines;
    try {
      await pTimeout(this.#ping.run(), { milliseconds: pingMs });
      return { ok: true };
    } catch (error) {
      const silent = this.#ping.silenceMs;
      const why = error instanceof TimeoutError ? '' : ` (${messageOf(error)})`;
      return {
        ok: silent < silenceMs,
        reason: `the runtime has not answered for ${Math.round(silent / 1000)} s${why}; up to ${silenceMs / 1000} s are tolerated`,
      };
    }
  }

  /** An answer may never come, since the SDK does not notice every lost connection. */
  #dropSilent(call: SharedCall): void {
    if (call.silenceMs < this.#deadlines.silenceMs) return;
    this.#connection?.drop('it has been silent for too long');
    this.#proof?.forget();
    this.#ping?.forget();
  }

  #whyNotReady(error: unknown): string {
    if (error instanceof TimeoutError) {
      return `the runtime did not write a file within ${this.#deadlines.readyMs / 1000} s`;
    }
    return homeErrorCode(error)
      ? describeHomeError(this.home, error)
      : `the runtime cannot be used: ${messageOf(error)}`;
  }
}
