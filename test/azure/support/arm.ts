import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

import type { AzureStandIn, Principal } from '../stand-in/index.js';

/** What Resource Manager has answered. */
export interface ArmAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The JSON of it; an empty object for none. */
  readonly body: Record<string, unknown> & {
    readonly error?: { readonly code: string; readonly message: string };
  };
}

/**
 * One call of Resource Manager over TLS, without the retries of a client.
 *
 * @param path Resource id, with or without a query
 */
export async function callArm(
  standIn: AzureStandIn,
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE',
  path: string,
  body?: object,
  {
    as = standIn.deployer,
    headers = {},
  }: { readonly as?: Principal; readonly headers?: Record<string, string> } = {},
): Promise<ArmAnswer> {
  const token = standIn.directory.issue(as, 'https://management.azure.com');
  const request = https.request({
    method,
    host: 'management.azure.com',
    path: path.includes('?') ? path : `${path}?api-version=2025-01-01`,
    agent: standIn.agent,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  request.end(body === undefined ? undefined : JSON.stringify(body));
  const response = await answered;
  const content = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers as ArmAnswer['headers'],
    body: (content === '' ? {} : JSON.parse(content)) as ArmAnswer['body'],
  };
}
