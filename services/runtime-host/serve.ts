import { setTimeout as delay } from 'node:timers/promises';
import { tellParent } from '../common/parent.js';
import type { HostConfig } from './config.js';
import { healthSession, RuntimeConnectionHolder } from './connection.js';
import { runtimeArguments, runtimeEnvironment } from './environment.js';
import type { Health } from './health.js';
import type { Log, Redactor } from './log.js';
import { watchMemory } from './memory.js';
import type { Metrics } from './metrics/registry.js';
import { localHost, RuntimeProcess, type Exit } from './runtime-process.js';
import type { Secrets } from './secrets.js';
import { STOP_DEADLINE_MS, type Stoppable, type StopRequests } from './stop.js';
import { watchRuntime } from './watch.js';

/** Between readiness probes of our own until the first passes, in milliseconds. */
const FIRST_READY_INTERVAL_MS = 500;

/** Nothing but its time ends the drain of a runtime that is replaced: a stop has a drain of its own. */
const NEVER = new AbortController().signal;

/** What stays the same when the runtime is replaced by another one. */
export interface Host {
  readonly config: HostConfig;
  readonly binary: string;
  readonly health: Health;
  readonly healthPort: number;
  readonly standInPort: number | undefined;
  readonly log: Log;
  readonly redactor: Redactor;
  readonly stop: StopRequests;
  /** Kept up to date, for whoever must end it in a hurry. */
  readonly current: Current;
  /** Replaces the runtime by one with the current secrets. */
  replace(why: string): void;
  /** Nobody is to be led here any more. */
  unavailable(): void;
  /** The runtime has ended, and nobody replaces it. */
  ended(exit: Exit): void;
}

/** What is there at the moment. */
export interface Current {
  runtime?: RuntimeProcess;
  connection?: RuntimeConnectionHolder;
}

/** A runtime that listens. */
export interface Served {
  /** Ends it, once its running turns have finished. @returns false when the host ends with it */
  retire(why: string): Promise<boolean>;
}

/** Starts a runtime with these secrets, and looks after it; undefined when the host is to end instead. */
export async function serve(host: Host, secrets: Secrets, metrics: Metrics): Promise<Served | undefined> {
  const { config, binary, health, healthPort, standInPort, log, redactor, stop, current } = host;
  redactor.hide(secrets.connectionToken);
  redactor.hide(secrets.githubToken);
  const standInUrl = standInPort === undefined ? undefined : `http://127.0.0.1:${standInPort}`;
  const started = new RuntimeProcess({
    binary,
    args: runtimeArguments(config, secrets),
    env: runtimeEnvironment(config, secrets, process.env, standInUrl),
    log,
    redactor,
  });
  current.runtime = started;
  const stoppable: Stoppable = {
    unavailable: () => {
      health.stopping();
      host.unavailable();
    },
    kill: (signal) => started.kill(signal),
  };
  stop.attach(stoppable);
  // The way out while starting is the failure of `listening`, which knows why.
  const port = await started.listening().catch((error: unknown) => {
    if (stop.requested) return undefined;
    throw error;
  });
  let retiring = false;
  void started.exited.then((exit) => (retiring && !stop.requested ? undefined : host.ended(exit)));
  if (port === undefined) return undefined;

  const uri = `${localHost(config.runtimeArgs)}:${port}`;
  const held = new RuntimeConnectionHolder(uri, secrets.connectionToken, healthSession(config), log);
  current.connection = held;
  health.started(held);
  const watch = watchRuntime({
    uri,
    connectionToken: secrets.connectionToken,
    config,
    runtimePid: started.pid,
    health,
    metrics,
    log,
  });
  const { mostMemoryMiB: mostMiB, keepSeconds } = config;
  const unwatchMemory =
    mostMiB === undefined
      ? () => undefined
      : watchMemory({
          runtimePid: started.pid,
          mostMiB,
          keepSeconds,
          log,
          onTooMuch: (residentMiB) => host.replace(`it has ${residentMiB} MiB of at most ${mostMiB}`),
        });
  stoppable.drain = (forced) => watch.drain(forced);
  log.info(
    { runtime: config.runtime, pid: started.pid, port, healthPort, standInPort },
    'the runtime listens',
  );
  await tellParent({ type: 'listening', runtimePid: started.pid, port, healthPort, standInPort });
  void announceReady(host);
  return {
    retire: async (why) => {
      if (stop.requested) return false;
      unwatchMemory();
      log.info({ why }, 'the runtime is replaced when its turns have finished');
      health.waiting(`the runtime is replaced, for ${why}`);
      await watch.drain(NEVER);
      watch.close();
      retiring = true;
      await started.end(STOP_DEADLINE_MS);
      return !stop.requested;
    },
  };
}

async function announceReady({ health, log, stop }: Host): Promise<void> {
  let last: string | undefined;
  while (!stop.requested) {
    const verdict = await health.ready();
    if (verdict.ok) {
      log.info('ready');
      return tellParent({ type: 'ready' });
    }
    if (verdict.reason !== last) log.warn({ reason: verdict.reason }, 'not ready');
    last = verdict.reason;
    await delay(FIRST_READY_INTERVAL_MS, undefined, { ref: false });
  }
}
