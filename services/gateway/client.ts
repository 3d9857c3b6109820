import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';

import { CODE, RpcError } from './errors.js';
import { FrameReader } from './framing.js';
import { encode, isCallId, isObject, NUDGE, type CallId, type Json, type Message } from './message.js';
import type { Session } from './session.js';
import type { Tenant } from './tenant.js';
import type { Link } from './upstream/link.js';

/** What an unauthenticated connection may send at once: a handshake has 200 bytes. */
const HANDSHAKE_BYTES = 16 * 1024;
/** What an unauthenticated connection may have waiting to be read by it. */
const HANDSHAKE_BUFFER_BYTES = 64 * 1024;

/** A frame that was begun must be whole by then, in milliseconds; unauthenticated ones have less. */
const FRAME_MS = 60_000;

export interface ClientEvents {
  /** A call with an id. An error that is thrown is the answer. */
  call(client: Client, id: CallId, method: string, params: Json): void;
  closed(client: Client, why: string): void;
  cutOff(client: Client, why: string): void;
  traffic(client: Client, received: number, sent: number): void;
}

/** One connection of a tenant, or of somebody who has not said who it is yet. */
export class Client {
  /** For the log. */
  readonly name = randomBytes(4).toString('hex');
  tenant: Tenant | undefined;
  /** Of the token it came with, to see whether that is still valid. */
  digest: Buffer | undefined;
  /** By the ids that the client knows. */
  readonly sessions = new Map<string, Session>();
  /** Calls that have no answer yet. */
  inFlight = 0;
  readonly #asked = new Map<
    number,
    { readonly link: Link; readonly id: CallId; readonly session: Session }
  >();
  #nextAsk = 0;
  #calls = 0;
  #why = 'the client closed it';
  #closed = false;
  #frameTimer: NodeJS.Timeout | undefined;
  #pauses = 0;

  constructor(
    private readonly socket: Socket,
    private readonly events: ClientEvents,
  ) {
    const reader = new FrameReader(
      () => this.tenant?.frameBytes ?? HANDSHAKE_BYTES,
      (body) => this.#receive(body),
    );
    socket.on('data', (chunk) => {
      const partialBefore = reader.partial;
      this.#calls = 0;
      try {
        reader.push(chunk);
      } catch (error) {
        this.send({ id: null, error: { code: CODE.invalidRequest, message: (error as Error).message } });
        this.cutOff((error as Error).message);
        return;
      }
      this.#watchFrame(reader.partial);
      // Only once per frame: the first piece is the header, whose acknowledgement lets the rest come.
      if (reader.partial && !partialBefore && this.tenant) socket.write(NUDGE);
      this.events.traffic(this, chunk.length, 0);
      const wait = this.tenant?.received(chunk.length, this.#calls) ?? 0;
      if (wait > 0) this.pauseFor(wait);
    });
    socket.on('error', (error) => (this.#why = error.message));
    socket.on('close', () => {
      this.#closed = true;
      clearTimeout(this.#frameTimer);
      this.events.closed(this, this.#why);
    });
  }

  get closed(): boolean {
    return this.#closed || this.socket.destroyed;
  }

  /** Sends a message; a client that does not read what waits for it is cut off. */
  send(message: Message): void {
    if (!this.closed) this.sendFrame(encode(message));
  }

  /** As {@link send}, for what goes to several clients. */
  sendFrame(frame: string): void {
    if (this.closed) return;
    if (this.socket.writableCorked === 0) {
      this.socket.cork();
      // All that one turn of the event loop has for this client goes out in one system call.
      process.nextTick(() => this.socket.uncork());
    }
    this.socket.write(frame);
    this.events.traffic(this, 0, frame.length);
    const limit = this.tenant?.bufferBytes ?? HANDSHAKE_BUFFER_BYTES;
    if (this.socket.writableLength > limit) this.cutOff('it reads too slowly');
  }

  answer(id: CallId, result: unknown): void {
    this.send({ id, result: result ?? null });
  }

  fail(id: CallId, error: RpcError): void {
    this.send({ id, error: error.toJson() });
  }

  notify(method: string, params: unknown): void {
    this.send({ method, params });
  }

  /** Passes a request of a runtime on, under a number of this connection. */
  ask(session: Session, link: Link, id: CallId, method: string, params: unknown): void {
    const number = ++this.#nextAsk;
    this.#asked.set(number, { link, id, session });
    this.send({ id: number, method, params });
  }

  /** Stops reading for a while. Pauses add up: it goes on when the last one is over. */
  pauseFor(milliseconds: number): void {
    const go = this.pause();
    setTimeout(go, milliseconds).unref();
  }

  /** Stops reading. @returns goes on */
  pause(): () => void {
    this.#pauses++;
    this.socket.pause();
    let over = false;
    return () => {
      if (over) return;
      over = true;
      if (--this.#pauses === 0 && !this.closed) this.socket.resume();
    };
  }

  /** Ends the connection for a reason of the gateway's, which is logged. */
  cutOff(why: string): void {
    if (this.closed) return;
    this.#why = why;
    this.events.cutOff(this, why);
    // An answer that says why may be on its way; one that nobody reads must not keep the memory.
    this.socket.end();
    setTimeout(() => this.socket.destroy(), 200).unref();
    this.socket.pause();
    this.#closed = true;
  }

  #watchFrame(partial: boolean): void {
    if (!partial) {
      clearTimeout(this.#frameTimer);
      this.#frameTimer = undefined;
    } else {
      this.#frameTimer ??= setTimeout(() => this.cutOff('a message was not whole in time'), FRAME_MS).unref();
    }
  }

  #receive(body: Buffer): void {
    this.#calls++;
    if (this.closed) return;
    let message: unknown;
    try {
      message = JSON.parse(body.toString());
    } catch {
      this.send({ id: null, error: { code: CODE.parse, message: 'Parse error' } });
      return;
    }
    if (!isObject(message)) {
      this.send({ id: null, error: { code: CODE.invalidRequest, message: 'a message must be one object' } });
      return;
    }
    const { id, method, params = {} } = message;
    if (typeof method === 'string') {
      // A notification of a client does nothing at a runtime either.
      if (!isCallId(id)) return;
      if (isObject(params)) this.events.call(this, id, method, params);
      else this.fail(id, new RpcError(CODE.invalidRequest, 'params must be an object'));
    } else if (typeof id === 'number') {
      this.#answered(id, message);
    }
  }

  /** Answers of the client go to the runtime that asked, and only while the session is attached there. */
  #answered(number: number, { result, error }: Json): void {
    const asked = this.#asked.get(number);
    this.#asked.delete(number);
    if (!asked || asked.session.owner !== this || asked.session.link !== asked.link) return;
    asked.link.answer(asked.id, error === undefined ? { result: result ?? null } : { error });
  }
}
