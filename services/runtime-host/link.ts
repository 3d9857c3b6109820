import { once } from 'node:events';
import { connect } from 'node:net';
import pTimeout from 'p-timeout';
import {
  createMessageConnection,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node.js';

/** How long a call may take, in milliseconds; a large prompt stalls a runtime for longer, and then nothing is known. */
const CALL_MS = 5000;

const NUDGE_TEXT = '{"jsonrpc":"2.0","method":"$/a"}';

/** A notification that means nothing. Written after each read, it carries the ACK without which answers wait 40 ms. */
const NUDGE = `Content-Length: ${NUDGE_TEXT.length}\r\n\r\n${NUDGE_TEXT}`;

/** What a link tells. */
export interface LinkEvents {
  /** It is open, for the first time or again: changes before now have not been heard. */
  opened(): void;
  /** It is lost, or could not be opened. */
  closed(): void;
  /** A session has begun, was resumed, goes on or has ended a turn. */
  changed(session: string): void;
}

/**
 * A connection to the runtime for what the SDK cannot ask: about sessions that others have attached. It attaches none
 * itself, for a session with a second owner would outlive its client. Made when first needed, and again when lost.
 */
export class RuntimeLink {
  #connection: Promise<MessageConnection> | undefined;

  /** Replaced by whoever wants to hear. */
  events: LinkEvents = { opened: () => undefined, closed: () => undefined, changed: () => undefined };

  /** @param uri `host:port` of the runtime */
  constructor(
    private readonly uri: string,
    private readonly connectionToken: string,
  ) {}

  /** Opens the connection unless it is open, so that changes are heard. @throws Error when the runtime is not there */
  async open(): Promise<void> {
    await pTimeout(this.#opened(), { milliseconds: CALL_MS });
  }

  /**
   * Calls a method of the runtime.
   *
   * @returns undefined when the runtime does not have the session in its memory
   * @throws ResponseError when the runtime refuses, Error when it is not there, TimeoutError when it does not answer
   */
  async call<T>(method: string, params: object): Promise<T | undefined> {
    const answer = this.#opened().then((connection) => connection.sendRequest<T>(method, params));
    try {
      return await pTimeout(answer, { milliseconds: CALL_MS });
    } catch (error) {
      if (error instanceof ResponseError && /session not found/i.test(error.message)) return undefined;
      throw error;
    }
  }

  close(): void {
    void this.#connection?.then(
      (connection) => connection.dispose(),
      () => undefined,
    );
  }

  #opened(): Promise<MessageConnection> {
    const opening = (this.#connection ??= this.#open(() => {
      if (this.#connection === opening) this.#connection = undefined;
      this.events.closed();
    }));
    return opening;
  }

  async #open(lost: () => void): Promise<MessageConnection> {
    const at = this.uri.lastIndexOf(':');
    const socket = connect({
      host: this.uri.slice(0, at).replace(/^\[|\]$/g, ''),
      port: Number(this.uri.slice(at + 1)),
      noDelay: true,
    });
    socket.once('close', lost);
    await once(socket, 'connect');
    // From here on an error is followed by a close, and that is all there is to know.
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write(NUDGE));
    const connection = createMessageConnection(
      new StreamMessageReader(socket),
      new StreamMessageWriter(socket),
    );
    connection.onClose(() => connection.dispose());
    connection.onDispose(() => socket.destroy());
    connection.onNotification('session.lifecycle', ({ sessionId }: { sessionId: string }) =>
      this.events.changed(sessionId),
    );
    connection.listen();
    try {
      await connection.sendRequest('connect', { token: this.connectionToken });
    } catch (error) {
      connection.dispose();
      throw error;
    }
    this.events.opened();
    return connection;
  }
}
