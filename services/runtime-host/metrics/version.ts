import type { RuntimeLink } from '../link.js';
import type { Metrics } from './registry.js';

/** What runs: a process keeps its version, so that it is asked for once. */
export function versionMetrics(metrics: Metrics, link: Pick<RuntimeLink, 'call'>): void {
  let known: { version: string } | undefined;
  metrics.info('Version of the runtime', ['version'], async () => {
    const status = known ?? (await link.call<{ version: string }>('status.get', {}));
    if (!status) throw new Error('the runtime did not say its version');
    return (known = { version: status.version });
  });
}
