import { once } from 'node:events';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { AzureError, type Answer, type AzureRequest } from './exchange.js';

/** Listens with a function from request to answer; what it throws is the answer too, or a 500 that names the bug. */
export function listener(answer: (request: AzureRequest) => Promise<Answer | 'hang up'>): RequestListener {
  return (incoming, response) => {
    void readRequest(incoming)
      .then(async (request) => send(response, await answered(answer, request)))
      .catch(() => response.destroy());
  };
}

async function answered(
  answer: (request: AzureRequest) => Promise<Answer | 'hang up'>,
  request: AzureRequest,
): Promise<Answer | 'hang up'> {
  try {
    return await answer(request);
  } catch (error) {
    if (error instanceof AzureError) return error.answer;
    const message = `the stand-in is broken: ${(error as Error).stack}`;
    return { status: 500, body: { error: { code: 'StandIn', message } } };
  }
}

async function readRequest(incoming: IncomingMessage): Promise<AzureRequest> {
  // Clients join an address that ends in a slash with a path that begins with one.
  const url = new URL((incoming.url ?? '/').replace(/^\/+/, '/'), 'http://none');
  return {
    method: incoming.method ?? 'GET',
    host: (incoming.headers.host ?? '').replace(/:\d+$/, ''),
    path: decodeURI(url.pathname),
    query: url.searchParams,
    headers: incoming.headers,
    text: await text(incoming),
  };
}

function send(response: ServerResponse, answer: Answer | 'hang up'): void {
  if (answer === 'hang up') {
    response.destroy();
    return;
  }
  const { status, headers = {}, body } = answer;
  const content = body === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' };
  response.writeHead(status, { ...content, ...headers }).end(body === undefined ? '' : JSON.stringify(body));
}

/** Listens on a free port of loopback. @returns the port */
export async function listenOnLoopback(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Ends a server and the connections to it. */
export async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}
