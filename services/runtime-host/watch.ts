import type { HostConfig } from './config.js';
import { drain } from './drain.js';
import { messageOf } from './failure.js';
import { Gateways, isReplica } from './gateways.js';
import type { Health } from './health.js';
import { keepHouse } from './housekeeping.js';
import { keepDrain } from './last-drain.js';
import { RuntimeLink } from './link.js';
import type { Log } from './log.js';
import { drainMetrics } from './metrics/drain.js';
import { healthMetrics } from './metrics/health.js';
import { processMetrics } from './metrics/process.js';
import type { Metrics } from './metrics/registry.js';
import { sessionMetrics } from './metrics/sessions.js';
import { turnMetrics } from './metrics/turns.js';
import { versionMetrics } from './metrics/version.js';
import { volumeMetrics } from './metrics/volume.js';
import { liveSessions } from './session-folders.js';
import { logStatus } from './status.js';
import { boundToolOutputs } from './tool-outputs.js';
import { Turns } from './turns.js';

/** Pause before a lost link is opened again, in milliseconds. */
const REOPEN_MS = 1000;

export interface WatchProps {
  /** `host:port` of the runtime. */
  readonly uri: string;
  readonly connectionToken: string;
  readonly config: HostConfig;
  readonly runtimePid: number;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly log: Log;
}

export interface Watch {
  /** Lets running turns finish; never rejects. */
  drain(forced: AbortSignal): Promise<void>;
  /** Looks no more: the runtime is about to be replaced. */
  close(): void;
}

/** Keeps an eye on what happens in a runtime that listens. */
export function watchRuntime({
  uri,
  connectionToken,
  config,
  runtimePid,
  health,
  metrics,
  log,
}: WatchProps): Watch {
  const { home } = config;
  // Where sessions are shared or on a share, that is what fills up.
  const volume = config.sessions ?? home;
  const link = new RuntimeLink(uri, connectionToken);
  const turns = new Turns(link);
  let over = false;
  const open = () => {
    if (over) return;
    void link
      .open()
      .catch((error: unknown) => log.debug({ reason: messageOf(error) }, 'no link to the runtime'));
  };
  const live = () => liveSessions(home, runtimePid);
  link.events = {
    opened: () => void turns.survey(live()),
    closed: () => setTimeout(open, REOPEN_MS).unref(),
    changed: (session) => turns.changed(session),
  };
  open();

  versionMetrics(metrics, link);
  healthMetrics(metrics, health, link);
  turnMetrics(metrics, home, turns);
  sessionMetrics(metrics, { home, runtimePid });
  volumeMetrics(metrics, volume);
  processMetrics(metrics, runtimePid);
  drainMetrics(metrics, home);
  const restHouse = keepHouse({
    home,
    volume,
    runtimePid,
    link,
    ttlHours: config.sessionTtlHours,
    shared: config.sessions !== undefined,
    everySeconds: config.cleanUpSeconds,
    metrics,
    log,
  });
  // Whoever starts a host says with TMPDIR that nothing else has its temporary files there.
  const directory = process.env.TMPDIR;
  // No session of this runtime can have written anything yet.
  const forgetToolOutputs =
    directory === undefined
      ? undefined
      : boundToolOutputs({ directory, startedAt: Date.now(), metrics, log });
  health.onChange = ({ ok, reason }) =>
    ok ? log.info('ready again') : log.warn({ reason }, 'not ready any more');
  const beQuiet = logStatus({
    health,
    metrics,
    runtime: config.runtime,
    everySeconds: config.statusSeconds,
    log,
  });
  return {
    drain: async (forced) => {
      const seconds = config.drainSeconds;
      const { runtime } = config;
      const gateways = isReplica(runtime) ? { gateways: new Gateways(link, runtime, live) } : {};
      const drained = await drain({ link, turns, liveSessions: live, seconds, forced, log, ...gateways });
      try {
        keepDrain(home, drained);
      } catch (error) {
        log.warn({ reason: messageOf(error) }, 'how the drain went could not be kept');
      }
    },
    close: () => {
      over = true;
      restHouse();
      forgetToolOutputs?.();
      beQuiet();
      link.close();
    },
  };
}
