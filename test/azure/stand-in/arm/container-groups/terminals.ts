import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

import { WebSocketServer, type WebSocket } from 'ws';

/** A program in a terminal. */
export interface Terminal {
  /** Types something. */
  send(text: string): void;
  /** Takes the terminal away. */
  close(): void;
}

/** Told what happens in a terminal. */
export interface TerminalEvents {
  hear(text: string): void;
  closed(): void;
}

/** Starts a program in a terminal. */
export type StartTerminal = (events: TerminalEvents) => Terminal;

interface Asked {
  readonly password: string;
  readonly start: StartTerminal;
}

export interface Access {
  readonly webSocketUri: string;
  readonly password: string;
}

const HOST = 'standin0000000.westeurope.atlas.cloudapp.azure.com';
const PORT = 19_390;
const PATH = /^\/execstream\/sessionId\/([0-9a-f-]+)$/;

/** Closes a connection whose first message is not the password. */
const POLICY_VIOLATION = 1008;

/** Terminals in containers, each over a WebSocket of its own that begins with a password. */
export class Terminals {
  /** What is passed on of a message to a program, in characters, as it has been seen of Azure. */
  messageCharacters = 50;
  /** Whether a connection, counted from 0, is cut before so much has come through it from its program. @default - never */
  cutWhen: (connection: number, characters: number) => boolean = () => false;
  /** What opens each, in the order in which they were asked for. */
  readonly issued: Access[] = [];
  #connections = 0;
  readonly #asked = new Map<string, Asked>();
  readonly #server = new WebSocketServer({ noServer: true });

  /** Lets somebody open a terminal, once. */
  issue(start: StartTerminal): Access {
    const id = randomUUID();
    const password = randomBytes(24).toString('base64url');
    const access = { webSocketUri: `wss://${HOST}:${PORT}/execstream/sessionId/${id}`, password };
    this.#asked.set(id, { password, start });
    this.issued.push(access);
    return access;
  }

  /** Takes an upgrade of the server that everything goes to. */
  connect(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const [, id = ''] = PATH.exec(request.url ?? '') ?? [];
    const asked = request.headers.host === `${HOST}:${PORT}` ? this.#asked.get(id) : undefined;
    if (!asked) {
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#asked.delete(id);
    this.#server.handleUpgrade(request, socket, head, (client) => void this.#serve(client, asked));
  }

  close(): void {
    for (const client of this.#server.clients) client.terminate();
  }

  async #serve(client: WebSocket, { password, start }: Asked): Promise<void> {
    client.on('error', () => undefined);
    const [first] = (await once(client, 'message')) as [Buffer];
    if (first.toString() !== password) {
      client.close(POLICY_VIOLATION);
      return;
    }
    const connection = (this.#connections += 1) - 1;
    let said = 0;
    const terminal = start({
      hear: (text) => {
        said += text.length;
        if (this.cutWhen(connection, said)) client.terminate();
        else client.send(Buffer.from(text, 'latin1'), () => undefined);
      },
      closed: () => client.close(),
    });
    client.on('message', (message: Buffer) =>
      terminal.send(message.toString('latin1').slice(0, this.messageCharacters)),
    );
    client.once('close', () => terminal.close());
  }
}
