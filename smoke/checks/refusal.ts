import { createConnection } from 'node:net';

import type { Party } from '../party.js';
import type { Workbench } from '../workbench.js';

/** JSON-RPC codes with which a runtime or the gateway refuses a connection: AUTHENTICATION_REQUIRED and AUTHENTICATION_FAILED. */
const REFUSALS: ReadonlySet<unknown> = new Set([-32001, -32002]);

/** How {@link notRefused} begins to say that a token was taken. */
export const LET_IN = 'it was let in';

/**
 * Tries to connect with a token and to list sessions.
 *
 * @param address where. @default - where the party connects
 * @returns undefined when it is refused, else what happened instead
 */
export async function notRefused(
  bench: Workbench,
  party: Party,
  token: string | undefined,
  address?: string,
): Promise<string | undefined> {
  try {
    const client = await bench.connect(party, token, address);
    const sessions = await client.listSessions();
    return `${LET_IN} and shown ${sessions.length} sessions`;
  } catch (error) {
    if (REFUSALS.has((error as { code?: unknown }).code)) return undefined;
    return `neither let in nor refused: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** How long an answer to a request without a handshake is waited for. */
const ANSWER_MS = 3000;

/**
 * Asks for the list of sessions without any handshake, as no SDK would do.
 *
 * @returns undefined when it is refused, else what happened instead
 */
export async function notRefusedWithoutHandshake(
  bench: Workbench,
  party: Party,
): Promise<string | undefined> {
  const { host, port } = hostAndPort(await bench.address(party));
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'session.list', params: {} });
  const answer = await new Promise<string>((resolve, reject) => {
    let text = '';
    const socket = createConnection({ host, port }, () =>
      socket.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    );
    const end = () => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(ANSWER_MS, end).setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (/"(error|result)":/.test(text)) end();
    });
    socket.once('close', end).once('error', reject);
  });
  const code = Number(/"error":\{"code":(-?\d+)/.exec(answer)?.[1]);
  // Hanging up without a word is a refusal too.
  if (answer === '' || REFUSALS.has(code)) return undefined;
  return answer.includes('"result":') ? 'it was answered' : 'neither let in nor refused';
}

function hostAndPort(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(':');
  return { host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) };
}
