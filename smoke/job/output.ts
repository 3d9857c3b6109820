import { readEvent, type SuiteEvent } from '../events.js';
import type { Report } from '../model.js';

/** Lines of a log that explain a run without a report. */
const LAST_LINES = 10;

/** What the suite has told in a log so far. */
export const eventsOf = (log: string): SuiteEvent[] =>
  log.split('\n').flatMap((line) => readEvent(line) ?? []);

/** The report that a run ended with; undefined when it ended otherwise. */
export function reportIn(log: string): Report | undefined {
  const last = eventsOf(log).at(-1);
  return last?.type === 'report' ? last.report : undefined;
}

/** What a run said last that is no event, such as an error. */
export function lastWords(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line !== '' && !readEvent(line))
    .slice(-LAST_LINES);
}
