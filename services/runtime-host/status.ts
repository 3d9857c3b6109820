import type { Health } from './health.js';
import type { Log } from './log.js';
import type { Metrics, Values } from './metrics/registry.js';

/** How a runtime stands: its metrics, and why it is not ready. Never names a session. */
export interface Status {
  readonly ready: boolean;
  /** @default - it is ready */
  readonly reason?: string;
  /** Why another start would fail, or give less than this one. @default - it would not */
  readonly restartObstacle?: string;
  readonly [metric: string]: Values[string] | boolean | undefined;
}

/** How long after its start a runtime is looked at for the first time, in milliseconds. */
const FIRST_MS = 5000;

/** Takes as long as a readiness probe at most. */
export async function statusOf(health: Health, metrics: Metrics): Promise<Status> {
  const [{ ok, reason }, values] = await Promise.all([health.ready(), metrics.values()]);
  const { restartObstacle } = health;
  return {
    ...values,
    ready: ok,
    ...(reason !== undefined && { reason }),
    ...(restartObstacle !== undefined && { restartObstacle }),
  };
}

export interface StatusLogProps {
  readonly health: Health;
  readonly metrics: Metrics;
  /** Id of the runtime in the plan. */
  readonly runtime: string | undefined;
  readonly everySeconds: number;
  readonly log: Log;
}

/**
 * Logs how a runtime stands, again and again: the only way to know it where nobody can ask the host.
 *
 * @returns logs no more
 */
export function logStatus({ health, metrics, runtime, everySeconds, log }: StatusLogProps): () => void {
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const look = async (): Promise<void> => {
    const status = await statusOf(health, metrics);
    if (over) return;
    log.info({ runtime, ...status }, 'status');
    next(everySeconds * 1000);
  };
  const next = (milliseconds: number): void => {
    timer = setTimeout(() => void look(), milliseconds).unref();
  };
  next(Math.min(FIRST_MS, everySeconds * 1000));
  return () => {
    over = true;
    clearTimeout(timer);
  };
}
