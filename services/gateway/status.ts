import type { Metrics } from './metrics.js';

/** How a gateway stands, in the words of a runtime host. Never names a tenant or a session. */
export async function statusOf(reason: string | undefined, metrics: Metrics): Promise<object> {
  metrics.refresh();
  const sum = async (gauge: Metrics['turns'] | Metrics['sessions']) =>
    (await gauge.get()).values.reduce((total, { value }) => total + value, 0);
  return {
    ready: reason === undefined,
    ...(reason !== undefined && { reason }),
    liveSessions: await sum(metrics.sessions),
    runningTurns: await sum(metrics.turns),
    residentMemoryBytes: process.memoryUsage.rss(),
  };
}
