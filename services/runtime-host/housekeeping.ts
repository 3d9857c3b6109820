import { statfs } from 'node:fs/promises';
import { cleanUp } from './clean-up.js';
import { messageOf } from './failure.js';
import type { RuntimeLink } from './link.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics/registry.js';

/** Longest wait for the first pass, in seconds: clients of a runtime that was just started come back first. */
const FIRST_PASS_SECONDS = 60;

/** Part of a volume that is free when it is time to do something. */
const LITTLE_PERCENT = 20;

export interface HousekeepingProps {
  readonly home: string;
  /** A folder on the volume that the sessions are on. */
  readonly volume: string;
  readonly runtimePid: number;
  readonly link: RuntimeLink;
  /** Hours after its last use when a session is deleted. @default - never */
  readonly ttlHours?: number | undefined;
  /** Others use the same sessions, and only a lock that the host does not have could tell: expired ones are only counted. */
  readonly shared: boolean;
  /** Between two passes. */
  readonly everySeconds: number;
  readonly metrics: Metrics;
  readonly log: Log;
}

/**
 * Deletes expired sessions and looks at the volume, again and again.
 *
 * @returns begins no further pass
 */
export function keepHouse(props: HousekeepingProps): () => void {
  const { metrics, log, everySeconds, ttlHours } = props;
  let expired: number | undefined;
  const deleted = metrics.counter('deleted_sessions_total', 'Expired sessions that were deleted');
  const freed = metrics.counter('freed_bytes_total', 'Bytes that they took');
  const failures = metrics.counter('clean_up_failures_total', 'Passes that came to no end');
  metrics.gauge('expired_sessions', 'Expired sessions that the last pass left, for next time', () => expired);

  const pass = async (): Promise<void> => {
    try {
      await warnOfFullVolume(props.volume, log);
      if (ttlHours === undefined) return;
      const result = await cleanUp({ ...props, ttlHours, dryRun: props.shared });
      expired = result.expired.length - result.deleted;
      deleted.inc(result.deleted);
      freed.inc(result.freedBytes);
      if (result.deleted > 0) {
        log.info(
          { sessions: result.deleted, bytes: result.freedBytes, ttlHours },
          'deleted expired sessions',
        );
      }
    } catch (error) {
      failures.inc();
      log.warn({ reason: messageOf(error) }, 'expired sessions could not be deleted: trying again next time');
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let over = false;
  const next = (seconds: number): void => {
    if (over) return;
    timer = setTimeout(() => void pass().finally(() => next(everySeconds)), seconds * 1000).unref();
  };
  next(Math.min(FIRST_PASS_SECONDS, everySeconds));
  return () => {
    over = true;
    clearTimeout(timer);
  };
}

async function warnOfFullVolume(volume: string, log: Log): Promise<void> {
  const { bavail, blocks, ffree, files } = await statfs(volume);
  // Some file systems do not say how large they are, or have no limit.
  const percent = (free: number, of: number) => (of === 0 ? 100 : Math.floor((free / of) * 100));
  const freeBytesPercent = percent(bavail, blocks);
  const freeInodesPercent = percent(ffree, files);
  if (Math.min(freeBytesPercent, freeInodesPercent) >= LITTLE_PERCENT) return;
  log.warn(
    { freeBytesPercent, freeInodesPercent },
    'the volume fills up: enlarge it, or delete sessions earlier (runtime.sessionTtlHours)',
  );
}
