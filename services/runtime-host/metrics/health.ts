import type { Health } from '../health.js';
import type { RuntimeLink } from '../link.js';
import type { Metrics } from './registry.js';

/** Whether the runtime serves, and how quickly it answers. */
export function healthMetrics(metrics: Metrics, health: Health, link: Pick<RuntimeLink, 'call'>): void {
  metrics.gauge('ready', 'Whether a session could write a file just now: 1 or 0', async () =>
    Number((await health.ready()).ok),
  );
  metrics.gauge('can_restart', 'Whether its secrets as they are now would do for another start: 1 or 0', () =>
    Number(health.restartObstacle === undefined),
  );
  metrics.gauge('ping_seconds', 'Time in which the runtime answered a ping just now', async () => {
    const begun = performance.now();
    await link.call('ping', {});
    return (performance.now() - begun) / 1000;
  });
}
