import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Address } from './config.js';
import { codeOf, messageOf, StartFailure } from './failure.js';
import type { Health, Verdict } from './health.js';
import type { Redactor } from './log.js';
import type { Metrics } from './metrics/registry.js';
import { statusOf } from './status.js';

/**
 * Serves `GET /livez`, `GET /readyz`, `GET /statusz` and `GET /metrics`; settles once it listens.
 *
 * @param metrics those of the runtime of the moment
 */
export async function serveHealth(
  address: Address,
  health: Health,
  metrics: () => Metrics,
  redactor: Redactor,
): Promise<number> {
  const probes: Readonly<Record<string, () => Promise<Verdict>>> = {
    '/livez': () => health.live(),
    '/readyz': () => health.ready(),
  };
  const answerJson = (response: ServerResponse, code: number, body: object): void => {
    response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(`${redactor.redact(JSON.stringify(body))}\n`);
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url?.replace(/\?.*/, '') ?? '';
    if (request.method === 'GET' && path === '/metrics') {
      const page = metrics();
      const text = redactor.redact(await page.text());
      response.writeHead(200, { 'content-type': page.contentType });
      response.end(text);
      return;
    }
    if (request.method === 'GET' && path === '/statusz') {
      answerJson(response, 200, await statusOf(health, metrics()));
      return;
    }
    const probe = request.method === 'GET' && Object.hasOwn(probes, path) ? probes[path] : undefined;
    const verdict = await probe?.();
    const body = verdict
      ? { status: verdict.ok ? 'ok' : 'failed', reason: verdict.reason }
      : { status: 'not found', reason: 'use GET /livez, GET /readyz, GET /statusz or GET /metrics' };
    answerJson(response, verdict ? (verdict.ok ? 200 : 503) : 404, body);
  };
  const server = createServer((request, response) => void answer(request, response));
  return listen(server, address, 'the health server');
}

/**
 * Listens and gives back the port.
 *
 * @throws StartFailure that names the address
 */
export async function listen(server: Server, address: Address, what: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  }).catch((error: unknown) => {
    const where = `${address.host}:${address.port}`;
    throw new StartFailure(
      codeOf(error) === 'EADDRINUSE'
        ? `port ${address.port} of ${what} is already in use on ${address.host}: stop what listens there or choose another port`
        : `${what} cannot listen on ${where}: ${messageOf(error)}`,
    );
  });
  return (server.address() as AddressInfo).port;
}
