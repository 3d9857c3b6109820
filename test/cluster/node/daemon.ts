import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const READY_WITHIN_MS = 90_000;

/** A part of the cluster that runs until it is ended. */
export class Daemon {
  readonly #child: ChildProcess;
  readonly #log: string;

  constructor(
    readonly name: string,
    logDirectory: string,
    program: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
  ) {
    this.#log = `${logDirectory}/${name}.log`;
    const log = openSync(this.#log, 'a');
    // Its own group: Ctrl-C ends the cluster in order, not all of it at once.
    this.#child = spawn(program, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
      detached: true,
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Waits until `look` stops throwing. @throws Error with the end of the log when the part ends or takes too long */
  async until(look: () => Promise<unknown>, signal?: AbortSignal): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      const trouble = await look().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (trouble === undefined) return;
      if (!this.running || Date.now() > deadline) {
        const end = readFileSync(this.#log, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
        throw new Error(
          `${this.name} ${this.running ? `is not ready (${trouble})` : 'has ended'}; its log:\n${end}`,
        );
      }
      signal?.throwIfAborted();
      await delay(200);
    }
  }

  /** Ends it: SIGTERM, and SIGKILL for what does not listen. */
  async stop(): Promise<void> {
    if (!this.running) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
  }
}
