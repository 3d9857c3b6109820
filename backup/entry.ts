import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What was in an entry of a tar. */
export interface Written {
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes an entry of a tar into a new file.
 *
 * @throws Error when the tar breaks off, or the file cannot be written
 */
export async function writeEntry(entry: Readable, target: string): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  // Not the entry itself: when its tar broke off before this began, Node.js would wait for its end for ever.
  async function* chunks() {
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      hash.update(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  await pipeline(chunks, createWriteStream(target, { mode: 0o600, flags: 'wx' }));
  return { size, sha256: hash.digest('hex') };
}
