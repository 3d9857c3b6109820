import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

import type { Body } from '../stand-in/arm/store.js';
import { listener } from '../stand-in/http.js';
import type { AzureStandIn, Principal } from '../stand-in/index.js';

/**
 * Opens the stand-in to the network of the container groups: `tls.sock` for everything with a name of Azure, and
 * `identity.sock`, which answers each group for the identities that it has.
 *
 * @returns closes them
 */
export async function openGate(standIn: AzureStandIn, folder: string): Promise<() => Promise<void>> {
  const sources = new WeakMap<net.Socket, string>();
  const metadata = http.createServer((incoming, response) => {
    const source = sources.get(incoming.socket) ?? '';
    listener((request) => standIn.answerIdentity(request, identitiesAt(standIn, source)))(incoming, response);
  });
  const identity = net.createServer((socket) => {
    void once(socket, 'data').then(
      ([chunk]: Buffer[]) => {
        const end = chunk!.indexOf('\n');
        sources.set(socket, chunk!.subarray(0, end).toString());
        socket.unshift(chunk!.subarray(end + 1));
        metadata.emit('connection', socket);
      },
      () => socket.destroy(),
    );
  });
  const tls = net.createServer((socket) => standIn.accept(socket));
  for (const [server, name] of [
    [identity, 'identity.sock'],
    [tls, 'tls.sock'],
  ] as const) {
    server.listen(path.join(folder, name));
    await once(server, 'listening');
  }
  return async () => {
    identity.close();
    tls.close();
    metadata.closeAllConnections();
  };
}

/** Identities of the container group that has an address. */
function identitiesAt(standIn: AzureStandIn, address: string): Principal[] {
  const group = standIn.resources.find((one) => {
    const life = standIn.groups.life(one);
    return life?.address === address && life.state !== 'Stopped';
  });
  const { identity } = group?.body ?? ({} as Partial<Body>);
  return Object.keys(identity?.userAssignedIdentities ?? {}).flatMap((id) => {
    const principal = standIn.directory.identityOf(id);
    return principal ? [principal] : [];
  });
}
