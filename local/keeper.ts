import pRetry from 'p-retry';

import { HostProcess, type Exit, type OnListening } from './host.js';
import type { ProgramLaunch } from './launch.js';

/** What happens to a runtime while it is kept up. */
export type KeeperEvent =
  | { readonly type: 'ready'; readonly runtime: string; readonly pid: number; readonly startedInMs: number }
  | {
      readonly type: 'died';
      readonly runtime: string;
      readonly reason: string;
      /** Whether it is started again. */
      readonly again: boolean;
    }
  | { readonly type: 'gave-up'; readonly runtime: string; readonly reason: string };

export interface KeeperOptions {
  /** Starts in a row that may fail. @default 5 */
  readonly restarts?: number;
  /** First pause before a restart; doubles up to 10 s. @default 100 */
  readonly backoffMs?: number;
  /** A runtime that was ready for this long has a new budget of restarts. @default 10_000 */
  readonly stableMs?: number;
  readonly onEvent?: (event: KeeperEvent) => void;
  readonly onListening?: OnListening;
}

/** How long a host has to end after SIGTERM before it is killed. */
const STOP_GRACE_MS = 12_000;

/** Keeps one runtime, or the gateway, up: restarts it when it dies, with a growing pause and a limit. */
export class Keeper {
  readonly #options: Required<Omit<KeeperOptions, 'onListening'>> & Pick<KeeperOptions, 'onListening'>;
  readonly #stop = new AbortController();
  #host: Promise<HostProcess> | undefined;
  #kept: Promise<void> | undefined;

  constructor(
    readonly launch: ProgramLaunch,
    options: KeeperOptions = {},
  ) {
    this.#options = { restarts: 5, backoffMs: 100, stableMs: 10_000, onEvent: () => undefined, ...options };
  }

  /** Starts the runtime for the first time. @throws when it does not become ready: no restart heals that */
  async start(): Promise<void> {
    const host = await this.#launch();
    await host.ready;
    this.#kept = this.#keep(host);
  }

  /** What keeps a runtime that was started from being ready, when that is known. */
  async whyNotReady(): Promise<string | undefined> {
    return (await this.#host)?.whyNotReady();
  }

  /** Ends the runtime, whatever state it is in. */
  async stop(): Promise<void> {
    this.#stop.abort();
    const host = await this.#host?.catch(() => undefined);
    await host?.stop(STOP_GRACE_MS);
    await this.#kept;
  }

  async #launch(): Promise<HostProcess> {
    this.#stop.signal.throwIfAborted();
    const begun = performance.now();
    this.#host = HostProcess.start(this.launch, this.#options.onListening);
    const host = await this.#host;
    host.ready.then(
      () =>
        this.#options.onEvent({
          type: 'ready',
          runtime: this.launch.id,
          pid: host.pid ?? 0,
          startedInMs: Math.round(performance.now() - begun),
        }),
      // It may be alive but unable to say where: then it is of no use to anybody.
      () => host.stop(STOP_GRACE_MS),
    );
    return host;
  }

  /** Watches the running host, and starts another one when it dies, until told to stop or out of restarts. */
  async #keep(first: HostProcess): Promise<void> {
    let next: HostProcess | undefined = first;
    const { restarts: retries, backoffMs, stableMs, onEvent } = this.#options;
    const runtime = this.launch.id;
    const untilItDies = async (attempt: number): Promise<void> => {
      const host = next ?? (await this.#launch());
      next = undefined;
      const readyAt = host.ready.then(
        () => performance.now(),
        () => Infinity,
      );
      const reason = describe(await host.exited);
      this.#stop.signal.throwIfAborted();
      const stable = performance.now() - (await readyAt) >= stableMs;
      onEvent({ type: 'died', runtime, reason, again: stable || attempt <= retries });
      if (!stable) throw new Error(reason);
    };
    while (!this.#stop.signal.aborted) {
      try {
        await pRetry(untilItDies, {
          retries,
          minTimeout: backoffMs,
          maxTimeout: Math.max(10_000, backoffMs),
          factor: 2,
          signal: this.#stop.signal,
        });
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        onEvent({ type: 'gave-up', runtime, reason: error instanceof Error ? error.message : String(error) });
        return;
      }
    }
  }
}

function describe({ code, signal, reason }: Exit): string {
  return reason ?? (signal ? `the host was ended by ${signal}` : `the host ended with exit code ${code}`);
}
