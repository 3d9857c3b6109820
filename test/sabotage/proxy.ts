import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Afterwards } from './sabotage.js';

/** A request on its way through a proxy. */
export interface Passing {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a proxy does with a request; `pass` sends one on. */
export type Meddle = (
  request: Passing,
  pass: (changed: Passing) => Promise<Response>,
) => Promise<{ readonly status: number; readonly text: () => Promise<string>; readonly headers?: Headers }>;

/** What belongs to one connection, or is different once a body has been read. */
const OWN = ['host', 'connection', 'content-length', 'transfer-encoding', 'content-encoding', 'keep-alive'];

/**
 * An HTTP proxy that passes `/<port>/<path>` on to that port of this machine: the port of a stand-in is known only once
 * its host runs.
 *
 * @returns its port
 */
export async function startProxy(afterwards: Afterwards, meddle: Meddle): Promise<number> {
  const server = createServer((incoming, outgoing) => {
    const serve = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const [, port, path = '/'] = /^\/(\d+)(.*)$/.exec(incoming.url ?? '') ?? [];
      const request = {
        method: incoming.method ?? 'GET',
        path,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      const answer = await meddle(request, ({ method, path: to, headers, body }) =>
        fetch(`http://127.0.0.1:${port}${to}`, {
          method,
          headers: Object.entries(headers).flatMap<[string, string]>(([name, value]) =>
            value === undefined || OWN.includes(name) ? [] : [[name, String(value)]],
          ),
          ...(body !== '' && { body }),
        }),
      );
      const type = answer.headers?.get('content-type') ?? 'text/html';
      outgoing.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
    };
    serve().catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}
