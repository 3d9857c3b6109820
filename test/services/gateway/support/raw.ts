import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import { FrameReader } from '../../../../services/gateway/framing.js';
import { encode, type Json, type Message } from '../../../../services/gateway/message.js';

/** A connection without the SDK: says what the SDK would not. */
export class RawClient {
  readonly notifications: Message[] = [];
  /** Requests of the other side. */
  readonly requests: Message[] = [];
  /** All that has come, as it came. */
  received = '';
  readonly closed: Promise<unknown>;
  readonly #pending = new Map<number, (message: Message) => void>();
  #next = 0;

  private constructor(readonly socket: Socket) {
    const reader = new FrameReader(
      () => 1 << 30,
      (body) => {
        const message = JSON.parse(body.toString()) as Message;
        if (message.method !== undefined) {
          (message.id === undefined ? this.notifications : this.requests).push(message);
        } else if (typeof message.id === 'number') {
          this.#pending.get(message.id)?.(message);
          this.#pending.delete(message.id);
        }
      },
    );
    socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1');
      reader.push(chunk);
    });
    socket.on('error', () => undefined);
    this.closed = once(socket, 'close');
    void this.closed.then(() => {
      for (const resolve of this.#pending.values()) resolve({ error: { code: 0, message: 'closed' } });
    });
  }

  static async open(port: number, token?: string): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const client = new RawClient(socket);
    if (token !== undefined) {
      const { error } = await client.call('connect', { token });
      if (error !== undefined) throw new Error(JSON.stringify(error));
    }
    return client;
  }

  /** The whole answer, whether result or error; an error without a code when the connection was closed. */
  call(method: string, params: unknown = {}): Promise<Answer> {
    const id = ++this.#next;
    const answer = new Promise<Message>((resolve) => this.#pending.set(id, resolve));
    if (this.socket.destroyed) this.#pending.get(id)?.({ error: { code: 0, message: 'closed' } });
    else this.socket.write(encode({ id, method, params }));
    return answer as Promise<Answer>;
  }

  write(text: string | Buffer): void {
    this.socket.write(text);
  }

  close(): void {
    this.socket.destroy();
  }
}

export interface Answer {
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Json };
}
