import type { Readable } from 'node:stream';

/** Longest line that is passed on whole, in characters; the rest of a longer one is dropped. */
const MAX_LINE = 16 * 1024;

/**
 * Calls back for each line of a stream. A line is cut only after `redact` has seen more of it than is kept, so that
 * the cut leaves no half of a secret behind.
 */
export function onLine(
  stream: Readable,
  redact: (text: string) => string,
  use: (line: string) => void,
): void {
  let pending = '';
  let skipping = false;
  const flush = (text: string) => {
    const line = text.replace(/\r$/, '');
    if (!skipping && line !== '')
      use(line.length > MAX_LINE ? `${redact(line).slice(0, MAX_LINE)}… (cut)` : line);
  };
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (pending + chunk).split('\n');
    pending = lines.pop() ?? '';
    for (const line of lines) {
      flush(line);
      skipping = false;
    }
    if (pending.length > 2 * MAX_LINE) {
      flush(pending);
      skipping = true;
    }
    if (skipping) pending = '';
  });
  stream.on('end', () => flush(pending));
}
