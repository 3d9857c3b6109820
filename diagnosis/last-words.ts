import { z } from 'zod';

import { parsed } from './json.js';

/** A line of the host's log that tells of something bad. */
const line = z.object({
  level: z.enum(['warn', 'error', 'fatal']),
  msg: z.string(),
  reason: z.string().optional(),
});

/** The last warning or failure in a host's log; the last line where nothing in it is the host's. */
export function lastWords(log: string): string | undefined {
  const lines = log.split('\n').filter((text) => text.trim() !== '');
  for (const text of lines.toReversed()) {
    const { data } = line.safeParse(parsed(text));
    if (data) return data.reason === undefined ? data.msg : `${data.msg}: ${data.reason}`;
  }
  return lines.findLast((text) => parsed(text) === undefined);
}
