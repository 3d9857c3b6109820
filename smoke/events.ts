import { gunzipSync, gzipSync } from 'node:zlib';

import type { Report, Result } from './model.js';

/** A result has come in; without what was seen, which may hold what must be taken out first. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly done: number;
  readonly total: number;
  readonly result: Pick<Result, 'check' | 'from' | 'to' | 'verdict'>;
}

/** What a run of the suite tells another program: a line for each result, and the report at the end. */
export type SuiteEvent = ProgressEvent | { readonly type: 'report'; readonly report: Report };

/** An event as one line. Reports are compressed, for logs are cut off by size. */
export function printEvent(event: SuiteEvent): string {
  if (event.type === 'progress') return JSON.stringify(event);
  return JSON.stringify({
    type: 'report',
    gzip: gzipSync(JSON.stringify(event.report)).toString('base64'),
  });
}

/** The event of a line; undefined for whatever else a program prints. */
export function readEvent(line: string): SuiteEvent | undefined {
  if (!line.startsWith('{"type":')) return undefined;
  try {
    const event = JSON.parse(line) as ProgressEvent | { readonly type: 'report'; readonly gzip: string };
    if (event.type === 'progress') return event;
    const text = gunzipSync(Buffer.from(event.gzip, 'base64')).toString('utf8');
    return { type: 'report', report: JSON.parse(text) as Report };
  } catch {
    // A line that was cut off in the middle.
    return undefined;
  }
}
