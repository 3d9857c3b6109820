import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

import type { RuntimeId } from '../../topology/index.js';

import type { Running } from './sabotage.js';

/** A request of the runtime's protocol, as far as a gatekeeper looks at it. */
export interface Frame {
  readonly id?: number | string | null;
  readonly method?: string;
  readonly params?: object;
}

/**
 * What goes to the runtime in place of the first frame of a connection; `token` is the one that opens it. Only the
 * answer to the last one reaches the client.
 */
export type Admit = (first: Frame, token: string) => readonly Frame[];

/** Longest wait for a runtime that is just starting again. */
const UPSTREAM_MS = 10_000;

/**
 * A TCP proxy in front of a runtime that changes how connections begin.
 *
 * @returns its address
 */
export async function startGatekeeper(running: Running, runtime: RuntimeId, admit: Admit): Promise<string> {
  const { target, manifest, afterwards } = running;
  const token = await target.secret(manifest.runtimes[runtime]!.connectionToken);
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    // A connection that breaks ends both sides; nobody is told.
    socket.on('error', () => socket.destroy()).on('close', () => open.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    const serve = async () => {
      const { frame, rest } = await firstFrame(client);
      const upstream = await connectTo(() => target.address(runtime));
      keep(upstream);
      upstream.on('close', () => client.destroy());
      client.on('close', () => upstream.destroy());
      const frames = admit(frame, token);
      for (const own of frames.slice(0, -1)) {
        upstream.write(encode(own));
        await once(upstream, 'data');
      }
      upstream.write(encode(frames.at(-1)!));
      upstream.write(rest);
      client.pipe(upstream).pipe(client);
    };
    serve().catch(() => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function encode(frame: Frame): string {
  const body = JSON.stringify(frame);
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Reads the first frame of a connection, and leaves the socket paused. */
async function firstFrame(socket: Socket): Promise<{ frame: Frame; rest: Buffer }> {
  let seen: Buffer = Buffer.alloc(0);
  for (;;) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    socket.pause();
    seen = Buffer.concat([seen, chunk]);
    const start = seen.indexOf('\r\n\r\n') + 4;
    const length = Number(/Content-Length: (\d+)/i.exec(seen.toString('latin1'))?.[1] ?? Infinity);
    if (start > 3 && seen.length >= start + length) {
      const body = seen.subarray(start, start + length).toString('utf8');
      return { frame: JSON.parse(body) as Frame, rest: seen.subarray(start + length) };
    }
    socket.resume();
  }
}

async function connectTo(address: () => Promise<string>): Promise<Socket> {
  const deadline = Date.now() + UPSTREAM_MS;
  for (;;) {
    try {
      const [host, port] = (await address()).split(':');
      const socket = createConnection({ host: host!, port: Number(port) });
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}
