import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { PortForward, type KubeConfig } from '@kubernetes/client-node';

/** A port of a pod. */
export interface PodPort {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/**
 * A loopback port whose connections are forwarded through the API server. Where to is asked anew for each connection,
 * so that it goes on when a pod is replaced.
 */
export class Forward {
  readonly #open = new Set<Socket>();

  private constructor(
    readonly server: Server,
    readonly address: string,
  ) {}

  /** @param destination asked for each connection; when it fails the connection is closed */
  static async start(config: KubeConfig, destination: () => Promise<PodPort>): Promise<Forward> {
    const portForward = new PortForward(config);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const forward = new Forward(server, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (socket) => {
      forward.#keep(socket);
      connect(portForward, socket, destination).catch(() => socket.destroy());
    });
    return forward;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  #keep(socket: Socket): void {
    this.#open.add(socket);
    socket
      .setNoDelay()
      // A side that breaks ends the other one; whoever uses the connection is told by that.
      .on('error', () => socket.destroy())
      .on('close', () => this.#open.delete(socket));
  }
}

async function connect(
  portForward: PortForward,
  socket: Socket,
  destination: () => Promise<PodPort>,
): Promise<void> {
  const { namespace, pod, port } = await destination();
  const tunnel = await portForward.portForward(namespace, pod, [port], socket, null, socket);
  // A function comes back only when retries were asked for.
  if (typeof tunnel === 'function') return;
  tunnel.addEventListener('close', () => socket.destroy());
  socket.once('close', () => tunnel.close());
  if (socket.destroyed) tunnel.close();
}
