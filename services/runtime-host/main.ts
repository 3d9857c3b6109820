#!/usr/bin/env node
/**
 * The program that runs beside one Copilot runtime process, on every platform: reads its secrets, starts it, tells
 * whether it is healthy, and ends with it. Its arguments are the runtime's own; the rest is in HOST_ENV.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { tellParent } from '../common/parent.js';
import type { RecordKeeper } from '../dns-record/keeper.js';
import { resolveBinary } from './binary.js';
import { readConfig, type HostConfig } from './config.js';
import { healthSession, RuntimeConnectionHolder } from './connection.js';
import { runtimeArguments, runtimeEnvironment } from './environment.js';
import { codeOf, messageOf, StartFailure } from './failure.js';
import { serveHealth } from './health-server.js';
import { Health } from './health.js';
import { prepareHome } from './home.js';
import { createLog, Redactor } from './log.js';
import { watchMemory } from './memory.js';
import { Metrics } from './metrics/registry.js';
import { describeExit, exitCodeFor, localHost, RuntimeProcess, type Exit } from './runtime-process.js';
import { followSecrets } from './secret-changes.js';
import { readSecrets, type Secrets } from './secrets.js';
import { STOP_DEADLINE_MS, StopRequests, type Stoppable } from './stop.js';
import type { VaultSource } from './vault-source.js';
import { watchRuntime } from './watch.js';

/** Between readiness probes of our own until the first passes, in milliseconds. */
const FIRST_READY_INTERVAL_MS = 500;

/** Nothing but its time ends the drain of a runtime that is replaced: a stop has a drain of its own. */
const NEVER = new AbortController().signal;

process.umask(0o077);
const redactor = new Redactor();
const log = createLog(redactor);
const stop = new StopRequests(log);
let connection: RuntimeConnectionHolder | undefined;
let runtime: RuntimeProcess | undefined;
let record: RecordKeeper | undefined;
let released: Promise<void> | undefined;

// A reader of the log that is gone must not take the runtime with it.
process.stdout.on('error', () => undefined);
process.on('uncaughtException', (error) => {
  // The SDK lets errors of its socket escape.
  if (
    /^(EPIPE|ECONNRESET)$/.test(codeOf(error) ?? '') ||
    /connection is (closed|disposed)/i.test(messageOf(error))
  ) {
    connection?.drop(messageOf(error));
  } else {
    void fail(`unexpected error: ${error.stack ?? messageOf(error)}`, 1);
  }
});

try {
  await run();
} catch (error) {
  if (!(error instanceof StartFailure)) throw error;
  await fail(error.message, error.exitCode);
}

async function run(): Promise<void> {
  const mistakes: string[] = [];
  const config = readConfig(process.argv.slice(2), process.env, mistakes);
  const files = config.vault ? undefined : readSecrets(config.secretsDir, mistakes);
  const binary = resolveBinary(config.binary, mistakes);
  if (mistakes.length > 0) throw StartFailure.ofMistakes(mistakes);
  prepareHome(config.home, config.sessions);

  const health = new Health(config.home);
  let metrics = new Metrics(config.runtime);
  const healthPort = await serveHealth(config.health, health, () => metrics, redactor);
  // Minutes may pass here: probes are answered meanwhile, and a stop ends the host at once.
  const secrets = files ?? (await vaultSecrets(config.vault!, health, healthPort));
  record = await keepRecord(config, health);
  const standInPort = await serveStandIns(config);
  let current = secrets;
  // One after another: what changes during a replacement is the next one.
  let replaced: Promise<void> = Promise.resolve();
  const replace = (why: string) => {
    replaced = replaced
      .then(async () => {
        if (!(await served?.retire(why))) return;
        metrics = new Metrics(config.runtime);
        served = await serve(host, current, metrics);
      })
      .catch((error: unknown) => fail(messageOf(error), 1));
  };
  const host: Host = { config, binary, health, healthPort, standInPort, replace };
  let served = await serve(host, current, metrics);
  if (config.vault) return;
  followSecrets(config.secretsDir, secrets, log, (next) => {
    current = next;
    replace('its secrets have changed');
  });
}

/** What stays the same when the runtime is replaced by another one. */
interface Host {
  readonly config: HostConfig;
  readonly binary: string;
  readonly health: Health;
  readonly healthPort: number;
  readonly standInPort: number | undefined;
  /** Replaces the runtime by one with the current secrets. */
  replace(why: string): void;
}

/** A runtime that listens. */
interface Served {
  /** Ends it, once its running turns have finished. @returns false when the host ends with it */
  retire(why: string): Promise<boolean>;
}

/** Starts a runtime with these secrets, and looks after it; undefined when the host is to end instead. */
async function serve(host: Host, secrets: Secrets, metrics: Metrics): Promise<Served | undefined> {
  const { config, binary, health, healthPort, standInPort } = host;
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
  runtime = started;
  const stoppable: Stoppable = {
    unavailable: () => {
      health.stopping();
      released = record?.release();
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
  void started.exited.then((exit) => (retiring && !stop.requested ? undefined : end(exit)));
  if (port === undefined) return undefined;

  const uri = `${localHost(config.runtimeArgs)}:${port}`;
  const held = new RuntimeConnectionHolder(uri, secrets.connectionToken, healthSession(config), log);
  connection = held;
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
  void announceReady(health);
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

async function vaultSecrets(source: VaultSource, health: Health, healthPort: number): Promise<Secrets> {
  const { readVaultSecrets } = await import('./vault-secrets.js');
  return readVaultSecrets(source, (reason) => {
    health.waiting(reason);
    log.warn({ reason, healthPort }, 'waiting for the secrets');
  });
}

async function keepRecord({ record }: HostConfig, health: Health): Promise<RecordKeeper | undefined> {
  if (!record) return undefined;
  const { keepRecord } = await import('../dns-record/open.js');
  const keeper = keepRecord(record, log);
  health.require(() => keeper.obstacle);
  return keeper;
}

async function serveStandIns(config: HostConfig): Promise<number | undefined> {
  if (config.standIns.size === 0) return undefined;
  const { serveStandIn } = await import('./stand-in/server.js');
  return serveStandIn(config.standIns, config.standInPort);
}

async function announceReady(health: Health): Promise<void> {
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

/** The host ends when its runtime does. */
async function end(exit: Exit): Promise<void> {
  if (!stop.requested) return fail(`the runtime ended by itself: ${describeExit(exit)}`, exitCodeFor(exit));
  await released;
  log.info({ exit: describeExit(exit) }, 'stopped');
  process.exit(stop.forced ? exitCodeFor(exit) : 0);
}

async function fail(message: string, exitCode: number): Promise<never> {
  log.fatal(message);
  runtime?.kill('SIGKILL');
  await tellParent({ type: 'failed', message: redactor.redact(message) });
  process.exit(exitCode);
}
