import { lastDrain } from '../last-drain.js';
import type { Metrics } from './registry.js';

/** How the last stop of this runtime went. */
export function drainMetrics(metrics: Metrics, home: string): void {
  const last = lastDrain(home);
  metrics.gauge('last_drain_time_seconds', 'When the runtime was last drained, in seconds since 1970', () =>
    last ? last.at / 1000 : undefined,
  );
  metrics.gauge('last_drain_seconds', 'How long that drain took', () => last?.seconds);
  metrics.gauge(
    'last_drain_unfinished_turns',
    'Turns that it ended before they had finished',
    () => last?.unfinished,
  );
}
