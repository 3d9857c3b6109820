import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node.js';

/** What a call came to. */
export type Answer =
  { readonly result: unknown } | { readonly error: { readonly code: number; readonly message: string } };

/** A connection on which any method can be called, as an intruder would who does not use the SDK. */
export class RawConnection {
  private constructor(
    readonly socket: Socket,
    readonly connection: MessageConnection,
  ) {}

  /** Connects and shows a token. @throws ResponseError when it is refused */
  static async open(address: string, token: string): Promise<RawConnection> {
    const at = address.lastIndexOf(':');
    const host = address.slice(0, at).replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(address.slice(at + 1)), noDelay: true });
    // Before anything can go wrong: an error that nobody hears would end the suite.
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    const connection = createMessageConnection(
      new StreamMessageReader(socket),
      new StreamMessageWriter(socket),
    );
    // Calls that are under way would wait for ever otherwise.
    connection.onClose(() => connection.dispose());
    connection.listen();
    const opened = new RawConnection(socket, connection);
    try {
      await connection.sendRequest('connect', { token });
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  /** @throws Error when the connection breaks */
  async call(method: string, params: object): Promise<Answer> {
    try {
      return { result: await this.connection.sendRequest(method, params) };
    } catch (error) {
      if (!(error instanceof ResponseError)) throw error;
      return { error: { code: error.code, message: error.message } };
    }
  }

  close(): void {
    this.socket.destroy();
  }
}
