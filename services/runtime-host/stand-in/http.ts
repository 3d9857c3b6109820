import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { standInLogin, type Identity } from '../../../topology/stand-in.js';

/** The whole body as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** The token of `Authorization: Bearer …` or `token …`. */
export function bearerOf(request: IncomingMessage): string | undefined {
  return /^(?:bearer|token) +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

/** Path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  return new URL(request.url ?? '/', 'http://stand-in').pathname;
}

/** Who a request says it is. */
export function identityOf(request: IncomingMessage): Identity {
  const token = bearerOf(request);
  const integrationId = request.headers['copilot-integration-id'];
  return {
    authorization: token === undefined ? null : createHash('sha256').update(token).digest('hex').slice(0, 16),
    login: (token && standInLogin(token)) ?? null,
    integrationId: typeof integrationId === 'string' ? integrationId : null,
    path: pathOf(request),
  };
}
