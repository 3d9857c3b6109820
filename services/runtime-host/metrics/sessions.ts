import { sessionFolders } from '../session-folders.js';
import type { Metrics } from './registry.js';

/** Looking at ten thousand sessions takes a third of a second: once a minute is enough. */
const LOOK_EVERY_MS = 60_000;

export interface SessionMetricsProps {
  readonly home: string;
  readonly runtimePid: number;
}

/** How many sessions there are. */
export function sessionMetrics(metrics: Metrics, props: SessionMetricsProps): void {
  let counting: ReturnType<typeof count> | undefined;
  let countedAt = 0;
  const counts = () => {
    if (counting && performance.now() - countedAt < LOOK_EVERY_MS) return counting;
    countedAt = performance.now();
    return (counting = count(props));
  };
  metrics.gauge(
    'sessions',
    'Sessions on the volume, counted once a minute',
    async () => (await counts()).onDisk,
  );
  metrics.gauge(
    'live_sessions',
    'Sessions that the runtime has in its memory, counted once a minute',
    async () => (await counts()).live,
  );
}

async function count({ home, runtimePid }: SessionMetricsProps) {
  let onDisk = 0;
  let live = 0;
  for await (const session of sessionFolders(home, runtimePid)) {
    onDisk++;
    if (session.live) live++;
  }
  return { onDisk, live };
}
