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

type Method = 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';

interface Caller {
  /** @default - the deployer */
  readonly as?: Principal;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One call of Resource Manager over TLS, without the retries of a client.
 *
 * @param path Resource id, with or without a query
 */
export function callArm(
  standIn: AzureStandIn,
  method: Method,
  path: string,
  body?: object,
  caller: Caller = {},
): Promise<ArmAnswer> {
  const versioned = path.includes('?') ? path : `${path}?api-version=2025-01-01`;
  const host = 'management.azure.com';
  return call(standIn, { host, audience: `https://${host}`, method, path: versioned }, body, caller);
}

/** One call of a vault's data plane. */
export function callVault(
  standIn: AzureStandIn,
  method: Method,
  vault: string,
  path: string,
  body?: object,
): Promise<ArmAnswer> {
  const target = { host: `${vault}.vault.azure.net`, audience: 'https://vault.azure.net', method };
  return call(standIn, { ...target, path: `${path}?api-version=7.4` }, body, {});
}

async function call(
  standIn: AzureStandIn,
  { audience, ...target }: { host: string; audience: string; method: Method; path: string },
  body: object | undefined,
  { as = standIn.deployer, headers = {} }: Caller,
): Promise<ArmAnswer> {
  const token = standIn.directory.issue(as, audience);
  const request = https.request({
    ...target,
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
