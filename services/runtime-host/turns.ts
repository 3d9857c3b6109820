import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { TimeoutError } from 'p-timeout';
import type { RuntimeLink } from './link.js';

/** Between two looks at a turn that runs, in milliseconds: that of a client which is gone ends without a word. */
const LOOK_EVERY_MS = 1000;

/** A session that changes more often than this is looked at only so often, in milliseconds. */
const PAUSE_MS = 100;

/**
 * Which sessions have a turn under way. The runtime tells nobody but the owner of a session, but it says of each session
 * that it has changed, and answers when it is asked. Sessions that rest are not asked: it would keep them from going idle.
 */
export class Turns {
  readonly #running = new Map<string, number>();
  readonly #looks = new Map<string, { again: boolean }>();
  readonly #events = new EventEmitter();
  #timer: NodeJS.Timeout | undefined;
  /** By `performance.now()`. */
  #changedAt = -Infinity;

  constructor(private readonly link: Pick<RuntimeLink, 'call'>) {}

  /** Hears of each turn that has ended. */
  onEnd(listener: (session: string, seconds: number) => Promise<void>): void {
    this.#events.on('end', (session: string, seconds: number) => void listener(session, seconds));
  }

  /** Sessions with a turn under way. */
  get running(): readonly string[] {
    return [...this.#running.keys()];
  }

  /** How long nothing has happened to any session, in milliseconds. */
  get quietMs(): number {
    return performance.now() - this.#changedAt;
  }

  /** Something happened to a session: has a turn begun or ended? */
  changed(session: string): void {
    this.#changedAt = performance.now();
    const look = this.#looks.get(session);
    if (look) {
      look.again = true;
      return;
    }
    this.#looks.set(session, { again: false });
    void this.#lookUntilQuiet(session);
  }

  /** Looks at these sessions, whatever is known of them. One that gets no answer counts as running. */
  async survey(sessions: readonly string[]): Promise<void> {
    await Promise.all(
      sessions.map(async (session) => {
        const active = await this.#isActive(session);
        this.#note(session, active ?? true);
      }),
    );
  }

  /** Settles when no turn runs. @throws AbortError by the signal */
  async idle(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running.size > 0) await once(this.#events, 'idle', { signal });
  }

  async #lookUntilQuiet(session: string): Promise<void> {
    for (;;) {
      const active = await this.#isActive(session);
      if (active !== undefined) this.#note(session, active);
      await delay(PAUSE_MS, undefined, { ref: false });
      const look = this.#looks.get(session);
      if (!look?.again) break;
      look.again = false;
    }
    this.#looks.delete(session);
  }

  /** Undefined when it is not known, for the runtime is busy with something large. */
  async #isActive(session: string): Promise<boolean | undefined> {
    try {
      const answer = await this.link.call<{ hasActiveWork: boolean }>('session.metadata.activity', {
        sessionId: session,
      });
      return answer?.hasActiveWork ?? false;
    } catch (error) {
      // A runtime that is gone, or does not know the question, runs nothing that could be waited for.
      return error instanceof TimeoutError ? undefined : false;
    }
  }

  #note(session: string, active: boolean): void {
    const since = this.#running.get(session);
    if (active === (since !== undefined)) return;
    this.#changedAt = performance.now();
    if (active) {
      this.#running.set(session, performance.now());
      this.#timer ??= setInterval(
        () => this.running.forEach((id) => this.changed(id)),
        LOOK_EVERY_MS,
      ).unref();
      return;
    }
    this.#running.delete(session);
    this.#events.emit('end', session, (performance.now() - since!) / 1000);
    if (this.#running.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#events.emit('idle');
  }
}
