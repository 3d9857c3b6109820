import type { Socket } from 'node:net';
import { stringify } from 'node:querystring';
import type { Readable, Writable } from 'node:stream';

import { Exec, type V1Status } from '@kubernetes/client-node';

import { describeApiError, inTime } from './api-error.js';
import type { Cluster } from './connection.js';
import { ClusterError } from './errors.js';

/** Channels of the protocol: the first byte of each message. */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

/** The one version of the protocol in which standard input can end before the program does. */
const CLOSES_STDIN = 'v5.channel.k8s.io';

/** Of what a program says on standard error, its end is kept. */
const LAST_WORDS_BYTES = 4096;

const HEARTBEAT_MS = 20_000;
/** Heartbeats without a sign of life after which a connection is lost; the network itself may never tell. */
const SILENT_BEATS = 3;

export interface PodProgram {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  /** Given to the program as fast as it reads. Standard input stays open when there is none. */
  readonly stdin?: Readable;
  /** Slows the program down when it is slow. Ended here when the program was successful. */
  readonly stdout: Writable;
  /** Time between two heartbeats, in milliseconds. @default 20000 */
  readonly heartbeatMs?: number;
}

/** A program in a pod that failed by itself. */
export class ProgramError extends ClusterError {
  /** @param lastWords what it said on standard error */
  constructor(
    message: string,
    readonly lastWords: string,
  ) {
    super(message);
  }
}

/** What is used of a WebSocket of the library `ws`, whose types the client library does not bring. */
interface WebSocket {
  readonly protocol: string;
  send(data: Buffer, done: (error?: Error) => void): void;
  ping(): void;
  terminate(): void;
  on(event: 'pong' | 'close', listener: () => void): void;
  /** Before ws 8.10 there is no pause(). */
  readonly _socket: Socket;
}

/**
 * Runs a program in a container, as `kubectl exec` does, and waits for its end.
 *
 * @throws {ProgramError} when the program fails
 * @throws {ClusterError} when it cannot be started, or the connection is lost
 */
export async function execInPod({ config }: Cluster, program: PodProgram): Promise<void> {
  const run = new Run(program);
  await run.untilEnd(await connect(config, program, run.hear));
}

/** One program that runs, and the connection to it. */
class Run {
  #socket: WebSocket | undefined;
  #status: V1Status | undefined;
  #lastWords = '';
  #silentBeats = 0;
  #over = false;
  /** Why standard input could not be read. */
  #unread: unknown;

  constructor(private readonly program: PodProgram) {}

  /** A message from the pod. @returns whether another one is to come */
  readonly hear = (channel: number, data: Buffer): boolean => {
    const { stdout } = this.program;
    this.#silentBeats = 0;
    // An empty message only says that the channel is there.
    if (channel === CHANNEL.stdout && data.length > 0 && !stdout.write(data)) {
      this.#socket?._socket.pause();
      stdout.once('drain', () => this.#socket?._socket.resume());
    }
    if (channel === CHANNEL.stderr)
      this.#lastWords = (this.#lastWords + data.toString()).slice(-LAST_WORDS_BYTES);
    if (channel === CHANNEL.status) this.#status = JSON.parse(data.toString()) as V1Status;
    return this.#status === undefined;
  };

  async untilEnd(socket: WebSocket): Promise<void> {
    const { stdin, stdout, heartbeatMs = HEARTBEAT_MS } = this.program;
    this.#socket = socket;
    const ended = new Promise<void>((resolve) => socket.on('close', resolve));
    socket.on('pong', () => (this.#silentBeats = 0));
    stdout.once('close', () => socket.terminate());
    const heartbeat = setInterval(() => this.#beat(socket), heartbeatMs);
    const fed = stdin && this.#feed(socket, stdin);
    await ended;
    clearInterval(heartbeat);
    this.#over = true;
    stdin?.destroy();
    await fed;
    if (this.#status?.status !== 'Success') throw this.#failure();
    stdout.end();
  }

  #beat(socket: WebSocket): void {
    // Whoever does not listen hears nothing.
    if (socket._socket.isPaused()) return;
    if (this.#silentBeats++ >= SILENT_BEATS) socket.terminate();
    else socket.ping();
  }

  /** Sends what there is to read, a piece at a time, and then that there is no more. */
  async #feed(socket: WebSocket, stdin: Readable): Promise<void> {
    const send = (data: Buffer) =>
      new Promise<boolean>((resolve) => socket.send(data, (error) => resolve(!error)));
    try {
      for await (const chunk of stdin as AsyncIterable<Buffer>) {
        // A program that has ended, or is out of reach, tells so otherwise.
        if (!(await send(Buffer.concat([Buffer.from([CHANNEL.stdin]), chunk])))) return;
      }
      if (socket.protocol === CLOSES_STDIN) await send(Buffer.from([CHANNEL.close, CHANNEL.stdin]));
    } catch (error) {
      // It was closed because nobody is there any more.
      if (this.#over) return;
      this.#unread = error;
      // Half of it must not look like all of it.
      socket.terminate();
    }
  }

  #failure(): unknown {
    const { namespace, pod, command } = this.program;
    if (this.#status) {
      const { message, reason } = this.#status;
      const text = `${command[0]} in pod ${pod} of ${namespace} failed (${message ?? reason})`;
      return new ProgramError(text, this.#lastWords.trim());
    }
    return (
      this.#unread ?? new ClusterError(`the connection to pod ${pod} of ${namespace} was lost: run it again`)
    );
  }
}

async function connect(
  config: Cluster['config'],
  { namespace, pod, container, command }: PodProgram,
  hear: Run['hear'],
): Promise<WebSocket> {
  const query = stringify({ container, command: [...command], stdin: true, stdout: true, stderr: true });
  const path = `/api/v1/namespaces/${namespace}/pods/${pod}/exec?${query}`;
  try {
    return (await inTime(new Exec(config).handler.connect(path, null, hear))) as unknown as WebSocket;
  } catch (error) {
    const why = describeApiError(error);
    const hint = /\b403\b/.test(why)
      ? `it needs the rights "get" and "create" on pods/exec in namespace ${namespace}`
      : 'see that the API server can be reached, and that the pod is still there';
    throw new ClusterError(`cannot start a program in pod ${pod} of ${namespace} (${why}): ${hint}`, {
      cause: error,
    });
  }
}
