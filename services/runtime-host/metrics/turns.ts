import { OUTCOMES, outcomeOf } from '../journal.js';
import type { Turns } from '../turns.js';
import type { Metrics } from './registry.js';

/** Turns of a model take seconds, those with tools minutes. */
const BUCKETS = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900];

/** Counts turns and measures them. */
export function turnMetrics(metrics: Metrics, home: string, turns: Turns): void {
  metrics.gauge('running_turns', 'Turns under way', () => turns.running.length);
  const ended = metrics.counter(
    'turns_total',
    'Turns that have ended: completed, failed, aborted, or lost with their client; those below 0.1 s may be missed',
    ['outcome'],
  );
  const durations = metrics.histogram(
    'turn_duration_seconds',
    'Length of turns, whatever came of them',
    BUCKETS,
  );
  // A series that begins with its first event has no increase to alert on.
  for (const outcome of OUTCOMES) ended.inc({ outcome }, 0);
  turns.onEnd(async (session, seconds) => {
    durations.observe(seconds);
    ended.inc({ outcome: await outcomeOf(home, session) });
  });
}
