import http from 'node:http';
import net from 'node:net';
import type { Duplex } from 'node:stream';

/** Names of Azure; everything else is not there, so that nothing leaves the machine. */
const AZURE = /(^|\.)(azure\.com|microsoftonline\.com|azure\.net|windows\.net|microsoft\.com)$/;

/** An HTTP proxy that leads every name of Azure to one TLS server on loopback. */
export function connectProxy(tlsPort: number): http.Server {
  const server = http.createServer((_request, response) => {
    response.writeHead(502).end('only CONNECT to names of Azure');
  });
  server.on('connect', (request, client: Duplex, head) => {
    client.on('error', () => client.destroy());
    const host = request.url?.replace(/:\d+$/, '') ?? '';
    if (!AZURE.test(host)) {
      client.end('HTTP/1.1 502 No Such Name\r\n\r\n');
      return;
    }
    const upstream = net.connect(tlsPort, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  return server;
}
