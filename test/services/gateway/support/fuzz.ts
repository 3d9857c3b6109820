import { encode, type Message } from '../../../../services/gateway/message.js';

/** A generator of numbers that gives the same ones for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Random = () => number;

const pick = <T>(next: Random, from: readonly T[]): T => from[Math.floor(next() * from.length)]!;

const frame = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** A real message, in one of many ways no longer what it was. */
export function mutant(next: Random, real: readonly Message[], sessionIds: readonly string[]): string {
  const message = pick(next, real) as { id: number; method: string; params: Record<string, unknown> };
  const params = { ...message.params, sessionId: pick(next, sessionIds) };
  const body = JSON.stringify({ jsonrpc: '2.0', ...message, params });
  const other = JSON.stringify(pick(next, sessionIds));
  const method = JSON.stringify(pick(next, real).method);
  const ways: (() => string)[] = [
    () => frame(body),
    // The last of two keys counts, wherever the first one looked harmless.
    () => frame(body.replace('"sessionId":', `"sessionId":"mine","sessionId":`)),
    () => frame(body.replace(/}}$/, `},"params":{"sessionId":${other}}}`)),
    () => frame(body.replace(/}$/, `,"method":${method}}`)),
    () => frame(body.replace(/"sessionId":"[^"]*"/, `"sessionId":"\\u0061cme\\u005f\\u005fvictim"`)),
    () => frame(body.replace(/"sessionId":"[^"]*"/, `"sessionId":["victim"]`)),
    () => frame(body.replace(/"sessionId":"[^"]*"/, `"__proto__":{"sessionId":"acme__victim"}`)),
    () => frame(body.replace(/"sessionId":/, '"SessionId":')),
    () => frame(body.replace(/"params":.*}}$/, `"params":[${other}]}`)),
    () => frame(`[${body},${body}]`),
    () => frame(body.replace(/"id":\d+,/, '')),
    () => frame(body.replace(/"id":\d+/, `"id":${pick(next, ['null', '{}', '-1', '1e999', '"x"', '[]'])}`)),
    () =>
      frame(body.replace(/"method":"[^"]*"/, `"method":${pick(next, ['7', 'null', '"constructor"', '""'])}`)),
    () => frame(body.slice(0, Math.floor(next() * body.length))),
    () => {
      const at = Math.floor(next() * body.length);
      return frame(
        body.slice(0, at) + String.fromCharCode(32 + Math.floor(next() * 95)) + body.slice(at + 1),
      );
    },
    () => encode({ id: Math.floor(next() * 20), result: { success: true, sessionId: 'acme__victim' } }),
    () => encode({ method: message.method, params }),
    () => encode({ ...message, params: { ...params, [pick(next, KEYS)]: pick(next, VALUES) } }),
  ];
  return pick(next, ways)();
}

/** Streams that cannot be read any further. */
export function broken(next: Random, whole: string): string {
  return pick(next, [
    whole.replace('Content-Length', 'Content-Length: 1\r\nContent-Length'),
    whole.replace(/\d+/, '-5'),
    whole.replace(/\d+/, '99999999999'),
    'GET / HTTP/1.1\r\n\r\n',
    '\0'.repeat(2000),
  ]);
}

const KEYS = [
  'availableTools',
  'workingDirectory',
  'mcpServers',
  'provider',
  'parentSessionId',
  'token',
  'x',
];
const VALUES: readonly unknown[] = [['builtin:*'], '/', {}, null, 'acme__victim', 1e308, '\u0000', true];
