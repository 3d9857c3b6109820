import { readFileSync } from 'node:fs';

const read = (name: string) =>
  readFileSync(new URL(name, import.meta.resolve('@github/copilot-sdk')), 'utf8');

const calls = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, method]) => method!);

/** Every method that the pinned SDK can call. */
export function sdkMethods(): string[] {
  const text = ['generated/rpc.js', 'client.js', 'session.js'].map(read).join('\n');
  return [...new Set(calls(text, /sendRequest\(\s*"([^"]+)"/g))].sort();
}

/** Every request of a runtime that the pinned SDK can answer. */
export function sdkHandlers(): string[] {
  const text = ['generated/rpc.js', 'client.js'].map(read).join('\n');
  return [...new Set(calls(text, /onRequest\(\s*"([^"]+)"/g))].sort();
}
