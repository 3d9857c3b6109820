#!/usr/bin/env node
/**
 * The program that runs beside one Copilot runtime process, on every platform: reads its secrets, starts it, tells
 * whether it is healthy, and ends with it. Its arguments are the runtime's own; the rest is in HOST_ENV.
 */
import { tellParent } from '../common/parent.js';
import type { RecordKeeper } from '../dns-record/keeper.js';
import { resolveBinary } from './binary.js';
import { readConfig, type HostConfig } from './config.js';
import { codeOf, messageOf, StartFailure } from './failure.js';
import { serveHealth } from './health-server.js';
import { Health } from './health.js';
import { prepareHome } from './home.js';
import { createLog, Redactor } from './log.js';
import { Metrics } from './metrics/registry.js';
import { describeExit, exitCodeFor, type Exit } from './runtime-process.js';
import { followFiles, SecretChanges } from './secret-changes.js';
import { readSecrets, type Secrets } from './secrets.js';
import { serve, type Current, type Host } from './serve.js';
import { StopRequests } from './stop.js';
import type { VaultSource } from './vault-source.js';

process.umask(0o077);
const redactor = new Redactor();
const log = createLog(redactor);
const stop = new StopRequests(log);
const current: Current = {};
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
    current.connection?.drop(messageOf(error));
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
  let inForce = secrets;
  // One after another: what changes during a replacement is the next one.
  let replaced: Promise<void> = Promise.resolve();
  const replace = (why: string) => {
    replaced = replaced
      .then(async () => {
        if (!(await served?.retire(why))) return;
        metrics = new Metrics(config.runtime);
        served = await serve(host, inForce, metrics);
      })
      .catch((error: unknown) => fail(messageOf(error), 1));
  };
  const host: Host = {
    config,
    binary,
    health,
    healthPort,
    standInPort,
    log,
    redactor,
    stop,
    current,
    replace,
    unavailable: () => {
      released = record?.release();
    },
    ended: (exit) => void end(exit),
  };
  let served = await serve(host, inForce, metrics);
  const changes = new SecretChanges(secrets, health, log, (next) => {
    inForce = next;
    replace('its secrets have changed');
  });
  if (config.vault) void (await import('./vault-secrets.js')).followVault(config.vault, changes);
  else followFiles(config.secretsDir, changes);
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

/** The host ends when its runtime does. */
async function end(exit: Exit): Promise<void> {
  if (!stop.requested) return fail(`the runtime ended by itself: ${describeExit(exit)}`, exitCodeFor(exit));
  await released;
  log.info({ exit: describeExit(exit) }, 'stopped');
  process.exit(stop.forced ? exitCodeFor(exit) : 0);
}

async function fail(message: string, exitCode: number): Promise<never> {
  log.fatal(message);
  current.runtime?.kill('SIGKILL');
  await tellParent({ type: 'failed', message: redactor.redact(message) });
  process.exit(exitCode);
}
