export type Json = Record<string, unknown>;

/** Ids of JSON-RPC requests. */
export type CallId = string | number;

/** A JSON-RPC message after parsing; which of the keys are there says what it is. */
export interface Message {
  readonly id?: CallId | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
}

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isCallId = (value: unknown): value is CallId =>
  typeof value === 'number' || (typeof value === 'string' && value.length <= 200);

/**
 * A notification that runtime and SDK ignore. It carries TCP's acknowledgement of what was just received: the other
 * side writes a message in two pieces and holds the second back (Nagle) until the first is acknowledged, for 40 ms.
 */
export const NUDGE = encode({ method: '$/a' });

/** A message as one text, to be written at once. */
export function encode(message: Message): string {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
