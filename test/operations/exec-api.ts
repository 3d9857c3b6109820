import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';

import { IMAGE } from '../../topology/index.js';
import { afterTest } from '../support/cleanup.js';

import { kubeconfigFor, TOKEN } from './fake-api.js';

/** The WebSocket library that the client library itself uses. */
const WebSocket = createRequire(createRequire(import.meta.url).resolve('@kubernetes/client-node'))(
  'isomorphic-ws',
) as { readonly Server: new (options: object) => WebSocketServer };

interface WebSocketServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (client: Client) => void): void;
}

/** One side of a connection of the library `ws`. */
interface Client {
  readonly _socket: Socket;
  send(data: Buffer, done?: () => void): void;
  close(): void;
  terminate(): void;
  on(event: 'message', listener: (data: Buffer) => void): void;
  on(event: 'close', listener: () => void): void;
}

/** A pod that is a folder and processes of this machine. */
export interface StandInPod {
  /** Environment of what is started in its container. */
  readonly env: Readonly<Record<string, string>>;
  /** Port at which its runtime really listens. @default - nothing listens */
  readonly port?: number;
  /** @default true */
  readonly running?: boolean;
}

export interface ExecApiOptions {
  /** By namespace; each has one pod. */
  readonly pods: Readonly<Record<string, StandInPod>>;
  /** Version of the protocol that the server speaks. @default v5.channel.k8s.io */
  readonly protocol?: 'v4.channel.k8s.io' | 'v5.channel.k8s.io';
  /** @default - whoever has a token may start programs */
  readonly mayExec?: boolean;
  /** Cuts a connection once so many bytes have gone through it to this side. @default - never */
  readonly cut?: { readonly to: 'client' | 'pod'; readonly afterBytes: number };
  /** Connects, and then takes nothing and says nothing, as a machine that has gone. @default false */
  readonly silent?: boolean;
  /** What is started instead of what was asked for. @default - the program of the built image */
  readonly command?: readonly [string, ...string[]];
}

export interface ExecApi {
  readonly kubeconfig: string;
  /** Programs that were started, as the client named them. */
  readonly started: readonly (readonly string[])[];
  /** Those that have not ended. */
  readonly alive: ReadonlySet<ChildProcess>;
  /** Bytes of standard output that were given to connections. */
  readonly sent: () => number;
}

const STDIN = 0;
const STDOUT = 1;
const STATUS = 3;
const CLOSE = 255;

/** As much of an API server as exec needs: it lists pods, and runs programs over its own protocol on WebSockets. */
export async function execApi(options: ExecApiOptions): Promise<ExecApi> {
  const { pods, protocol = 'v5.channel.k8s.io', mayExec = true } = options;
  const started: string[][] = [];
  const alive = new Set<ChildProcess>();
  let sent = 0;
  const upgrades = new WebSocket.Server({ noServer: true, handleProtocols: () => protocol });
  const server = createServer((request, response) => {
    const namespace = /\/namespaces\/([^/]+)\/pods/.exec(request.url ?? '')?.[1] ?? '';
    const pod = pods[namespace];
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ items: pod ? [podObject(pod)] : [] }));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!mayExec || request.headers.authorization !== `Bearer ${TOKEN}`) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const pod = pods[pathname.split('/')[4] ?? '']!;
    const asked = searchParams.getAll('command');
    started.push(asked);
    upgrades.handleUpgrade(request, socket, head, (client) => {
      const child = start(pod, options.command ?? asked);
      alive.add(child);
      child.once('close', () => alive.delete(child));
      child.stdout!.on('data', (data: Buffer) => (sent += data.length));
      attach(client, child, options.cut);
      if (options.silent) client._socket.pause();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    for (const child of alive) child.kill('SIGKILL');
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { kubeconfig: kubeconfigFor(`http://127.0.0.1:${port}`), started, alive, sent: () => sent };
}

function podObject({ running = true }: StandInPod) {
  const state = running ? { running: {} } : { waiting: { reason: 'CrashLoopBackOff' } };
  return {
    metadata: { name: 'runtime-abc' },
    status: { containerStatuses: [{ name: 'copilot-runtime', state }] },
  };
}

/** A container has its own files and ports; here both are translated. */
function start(pod: StandInPod, [command, ...args]: readonly string[]): ChildProcess {
  const translated = args.map((arg, index) => {
    if (args[index - 1] === '--port') return String(pod.port ?? 9);
    return arg === IMAGE.sessionKeeper ? path.resolve(IMAGE.sessionKeeper.replace('/app/', '')) : arg;
  });
  const program = command === 'node' ? process.execPath : command!;
  return spawn(program, translated, { env: { PATH: process.env.PATH, ...pod.env } });
}

function attach(client: Client, child: ChildProcess, cut: ExecApiOptions['cut']): void {
  const passed = { client: 0, pod: 0 };
  const count = (to: 'client' | 'pod', bytes: number) => {
    passed[to] += bytes;
    if (cut?.to === to && passed[to] >= cut.afterBytes) client.terminate();
  };
  const pass = (channel: number) => (data: Buffer) => {
    const [stream] = channel === STDOUT ? [child.stdout!] : [child.stderr!];
    stream.pause();
    client.send(Buffer.concat([Buffer.from([channel]), data]), () => stream.resume());
    if (channel === STDOUT) count('client', data.length);
  };
  child.stdout!.on('data', pass(STDOUT));
  child.stderr!.on('data', pass(STDOUT + 1));
  child.stdin!.on('error', () => undefined);
  client.on('message', (message) => {
    if (message[0] === CLOSE && message[1] === STDIN) child.stdin!.end();
    if (message[0] !== STDIN) return;
    count('pod', message.length - 1);
    if (child.stdin!.write(message.subarray(1))) return;
    client._socket.pause();
    child.stdin!.once('drain', () => client._socket.resume());
  });
  client.on('close', () => child.stdin!.end());
  child.once('close', (code) => {
    const status =
      code === 0
        ? { status: 'Success' }
        : { status: 'Failure', reason: 'NonZeroExitCode', message: `exit code ${code}` };
    client.send(Buffer.concat([Buffer.from([STATUS]), Buffer.from(JSON.stringify(status))]), () =>
      client.close(),
    );
  });
}
