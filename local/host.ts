import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';

import { localFiles, type HostMessage } from '../topology/index.js';

import { stateError } from './errors.js';
import type { Launch } from './launch.js';
import { signalGroup } from './processes.js';
import { writeState } from './state.js';

/** How a host ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the host itself said of it, when it could. */
  readonly reason?: string;
}

/** How long a host has to say why it is not ready. */
const ANSWER_MS = 2000;

/** How long a host has to end that nobody will hear of. */
const UNWANTED_GRACE_MS = 1000;

/** Holds the process group, for a later run to end what this one may leave behind. */
const groupFile = ({ directory }: Launch) => path.join(directory, 'group');

/** One start of a runtime host: alive from construction to {@link exited}. */
export class HostProcess {
  /** Resolves when the runtime is ready; rejects when the host ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #reason: string | undefined;
  #healthPort: number | undefined;

  private constructor(
    readonly launch: Launch,
    child: ChildProcess,
  ) {
    this.#child = child;
    const endpoint = path.join(launch.directory, 'endpoint.json');
    let announced: Promise<void> = Promise.resolve();
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: HostMessage) => {
        switch (message.type) {
          case 'listening': {
            const { port, healthPort, standInPort } = message;
            this.#healthPort = healthPort;
            announced = writeState(
              endpoint,
              `${JSON.stringify({ pid: child.pid, port, healthPort, standInPort })}\n`,
            );
            announced.catch(reject);
            break;
          }
          case 'ready':
            announced.then(resolve, reject);
            break;
          case 'failed':
            this.#reason = message.message;
            break;
        }
      });
      child.once('error', (error) => reject(error));
      // Not `exit`, which may come before the message that says why.
      void once(child, 'close').then(
        () => reject(new Error(this.#reason ?? 'the host ended before it was ready')),
        reject,
      );
    });
    this.ready.catch(() => undefined);
    this.exited = once(child, 'close').then(async () => {
      await announced.catch(() => undefined);
      // The runtime and what its tools started are in the host's group: nothing of it may survive the host.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      for (const file of [endpoint, groupFile(launch)]) await rm(file, { force: true });
      return {
        code: child.exitCode,
        signal: child.signalCode,
        ...(this.#reason !== undefined && { reason: this.#reason }),
      };
    });
    this.exited.catch(() => undefined);
  }

  /** Starts a host in a process group of its own, its output in `host.log`. */
  static async start(launch: Launch): Promise<HostProcess> {
    const file = path.join(launch.directory, path.basename(localFiles(launch.planned.id).log));
    const log = await open(file, 'a', 0o600).catch((error: unknown) => {
      throw stateError(file, error);
    });
    try {
      const child = spawn(launch.command, launch.args, {
        env: launch.env,
        cwd: launch.directory,
        detached: true,
        stdio: ['ignore', log.fd, log.fd, 'ipc'],
      });
      const host = new HostProcess(launch, child);
      if (child.pid !== undefined) {
        await writeState(groupFile(launch), `${child.pid}\n`).catch(async (error: unknown) => {
          await host.stop(UNWANTED_GRACE_MS);
          throw error;
        });
      }
      return host;
    } finally {
      await log.close();
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What the host says of a runtime that listens but is not ready; undefined when it says nothing. */
  async whyNotReady(): Promise<string | undefined> {
    if (this.#healthPort === undefined) return undefined;
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(`http://127.0.0.1:${this.#healthPort}/readyz`, { signal });
      return ((await answer.json()) as { reason?: string }).reason;
    } catch {
      return undefined;
    }
  }

  /** Asks the host to end; after `graceMs` its whole group is killed. Never rejects. */
  async stop(graceMs: number): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGTERM');
    const timer = setTimeout(() => {
      if (this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
    }, graceMs);
    await this.exited.catch(() => undefined);
    clearTimeout(timer);
  }
}
