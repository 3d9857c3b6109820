import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';

import type { GatewayMessage, HostMessage } from '../topology/index.js';
import type { LocalEndpoint } from '../topology/local-endpoint.js';

import { stateError } from './errors.js';
import type { ProgramLaunch } from './launch.js';
import { signalGroup } from './processes.js';
import { writeState } from './state.js';

/** How a host ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the host itself said of it, when it could. */
  readonly reason?: string;
}

/** Told where a program listens, at each of its starts. */
export type OnListening = (id: string, endpoint: LocalEndpoint) => Promise<void>;

/** How long a host has to say why it is not ready. */
const ANSWER_MS = 2000;

/** How long a host has to end that nobody will hear of. */
const UNWANTED_GRACE_MS = 1000;

/** Holds the process group, for a later run to end what this one may leave behind. */
const groupFile = ({ directory }: ProgramLaunch) => path.join(directory, 'group');

/** One start of a runtime host, or of the gateway: alive from construction to {@link exited}. */
export class HostProcess {
  /** Resolves when the runtime is ready; rejects when the host ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #reason: string | undefined;
  #healthPort: number | undefined;

  private constructor(
    readonly launch: ProgramLaunch,
    child: ChildProcess,
    onListening: OnListening | undefined,
  ) {
    this.#child = child;
    const endpoint = path.join(launch.directory, 'endpoint.json');
    let announced: Promise<void> = Promise.resolve();
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: HostMessage | GatewayMessage) => {
        switch (message.type) {
          case 'listening': {
            const { port, healthPort } = message;
            const standIn = 'standInPort' in message ? { standInPort: message.standInPort } : {};
            const listening = { pid: child.pid ?? 0, port, healthPort, ...standIn };
            this.#healthPort = healthPort;
            // Whoever reads the endpoint may connect at once: what it stands behind must know of it first.
            announced = Promise.resolve(onListening?.(launch.id, listening)).then(() =>
              writeState(endpoint, `${JSON.stringify(listening)}\n`),
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

  /** Starts a host in a process group of its own, its output in its log. */
  static async start(launch: ProgramLaunch, onListening?: OnListening): Promise<HostProcess> {
    const file = path.join(launch.directory, launch.log);
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
      const host = new HostProcess(launch, child, onListening);
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
