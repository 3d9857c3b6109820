import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import type { Address } from '../config.js';
import { RpcError } from '../errors.js';
import { FrameReader } from '../framing.js';
import { encode, isCallId, isObject, NUDGE, type CallId, type Json, type Message } from '../message.js';

/** A runtime's own messages are as large as its prompts; this only bounds what one mistake can cost. */
const MAX_FRAME_BYTES = 512 * 1024 * 1024;

/** A way that leads to a pod which is gone gives no answer at all, while a new attempt finds the new one. */
const CONNECT_MS = 3000;

/** A runtime that says nothing for this long, though asked, is gone: a 20 MB prompt stalls one for 24 s. */
const SILENCE_MS = 60_000;
const ASK_EVERY_MS = 15_000;

/** The answer to a call: a result, an error of the runtime, or nothing because the link broke. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } }
  | { readonly broken: true };

/** The connection broke before there was an answer. */
export class LinkBroken extends Error {
  override readonly name = 'LinkBroken';
}

export interface LinkEvents {
  notification(method: string, params: Json): void;
  request(id: CallId, method: string, params: Json): void;
  closed(reason: string): void;
  /** What was written has been taken: whoever was paused may go on. */
  drained(): void;
}

/** One authenticated connection to a runtime, which any number of clients share. Calls are renumbered. */
export class Link {
  /** The runtime is about to end: what runs in it finishes, and nothing begins. */
  draining = false;
  readonly #pending = new Map<number, (outcome: Outcome) => void>();
  readonly #socket: Socket;
  #events: LinkEvents | undefined;
  #next = 0;
  #heardAt = performance.now();
  #closed = false;
  readonly #asking: NodeJS.Timeout;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader(
      () => MAX_FRAME_BYTES,
      (body) => this.#receive(body),
    );
    socket.on('data', (chunk) => {
      this.#heardAt = performance.now();
      this.#uncork();
      try {
        reader.push(chunk);
      } catch (error) {
        socket.destroy(error as Error);
        return;
      }
      socket.write(NUDGE);
    });
    let reason = 'the connection was closed';
    socket.on('error', (error) => (reason = error.message));
    socket.on('close', () => this.#close(reason));
    socket.on('drain', () => this.#events?.drained());
    this.#asking = setInterval(() => this.#ask(), ASK_EVERY_MS);
    this.#asking.unref();
  }

  /**
   * Connects and authenticates.
   *
   * @throws when nobody listens, the token is refused or there is no answer in time
   */
  static async open({ host, port }: Address, token: string, deadlineMs: number): Promise<[Link, Json]> {
    const socket = connect({ host, port, noDelay: true, keepAlive: true });
    try {
      const signal = AbortSignal.timeout(deadlineMs);
      await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) });
      const link = new Link(socket);
      const hello = await new Promise<Outcome>((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error(`no answer within ${deadlineMs} ms`)));
        // Settings of a connection are shared by all who use it: they are none of the client's.
        link.call('connect', { token }, resolve);
      });
      if (!('result' in hello)) {
        throw new Error('error' in hello ? hello.error.message : 'the connection was closed');
      }
      return [link, isObject(hello.result) ? hello.result : {}];
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  get open(): boolean {
    return !this.#closed;
  }

  /** More is waiting to be sent than should be: stop reading from those who send. */
  get congested(): boolean {
    return this.#socket.writableNeedDrain;
  }

  listen(events: LinkEvents): void {
    this.#events = events;
  }

  /** `done` runs once, in the order of the answers and before anything that the runtime says after them. */
  call(method: string, params: unknown, done: (outcome: Outcome) => void): void {
    if (this.#closed) {
      done({ broken: true });
      return;
    }
    const id = ++this.#next;
    this.#pending.set(id, done);
    this.#write({ id, method, params });
  }

  /** @throws {RpcError} that the runtime answers; {LinkBroken} */
  async ask(method: string, params: unknown): Promise<unknown> {
    const outcome = await new Promise<Outcome>((resolve) => this.call(method, params, resolve));
    if ('result' in outcome) return outcome.result;
    if ('error' in outcome) throw new RpcError(outcome.error.code, outcome.error.message);
    throw new LinkBroken('the connection to the replica was lost');
  }

  answer(id: CallId, answer: { readonly result: unknown } | { readonly error: unknown }): void {
    if (!this.#closed) this.#write({ id, ...answer });
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(message: Message): void {
    this.#uncork();
    this.#socket.write(encode(message));
  }

  /** Everything of one turn of the event loop goes out in one system call. */
  #uncork(): void {
    if (this.#socket.writableCorked > 0) return;
    this.#socket.cork();
    process.nextTick(() => this.#socket.uncork());
  }

  #receive(body: Buffer): void {
    const message = JSON.parse(body.toString()) as Message;
    const params = isObject(message.params) ? message.params : {};
    if (message.method === undefined) {
      const done = this.#pending.get(message.id as number);
      this.#pending.delete(message.id as number);
      done?.(
        message.error === undefined
          ? { result: message.result }
          : { error: message.error as { code: number; message: string } },
      );
    } else if (isCallId(message.id)) {
      this.#events?.request(message.id, message.method, params);
    } else {
      this.#events?.notification(message.method, params);
    }
  }

  #ask(): void {
    const silent = performance.now() - this.#heardAt;
    if (silent > SILENCE_MS) this.#socket.destroy(new Error(`it was silent for ${Math.round(silent)} ms`));
    else this.call('ping', {}, () => undefined);
  }

  #close(reason: string): void {
    this.#closed = true;
    clearInterval(this.#asking);
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const done of pending) done({ broken: true });
    this.#events?.closed(reason);
  }
}
