import { createServer, type Server } from 'node:http';

import type { Metrics } from './metrics.js';
import { statusOf } from './status.js';

/** Whether the gateway can serve; why not, otherwise. */
export type Readiness = () => string | undefined;

/** Serves `GET /livez`, `GET /readyz`, `GET /statusz` and `GET /metrics`. Alive is who answers: all work is on one thread. */
export function healthServer(whyNotReady: Readiness, metrics: Metrics): Server {
  return createServer((request, response) => {
    const path = request.url?.replace(/\?.*/, '');
    const json = (code: number, body: object) => {
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(`${JSON.stringify(body)}\n`);
    };
    if (request.method === 'GET' && path === '/livez') json(200, { status: 'ok' });
    else if (request.method === 'GET' && path === '/readyz') {
      const reason = whyNotReady();
      json(reason === undefined ? 200 : 503, { status: reason === undefined ? 'ok' : 'failed', reason });
    } else if (request.method === 'GET' && path === '/statusz') {
      void statusOf(whyNotReady(), metrics).then((status) => json(200, status));
    } else if (request.method === 'GET' && path === '/metrics') {
      void metrics.text().then((text) => {
        response.writeHead(200, { 'content-type': metrics.registry.contentType });
        response.end(text);
      });
    } else
      json(404, { status: 'not found', reason: 'use GET /livez, GET /readyz, GET /statusz or GET /metrics' });
  });
}
