#!/usr/bin/env node
/**
 * The program that pooled tenants connect to, on every platform. Everything it needs to know stands in one file, and
 * is taken up anew when that changes.
 */
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';

import pTimeout from 'p-timeout';

import { tellParent } from '../common/parent.js';
import { watchDirectory } from '../common/watch-directory.js';
import type { RecordKeeper } from '../dns-record/keeper.js';

import { ConfigError, parseAddress, readConfig } from './config.js';
import { drain } from './drain.js';
import { messageOf } from './errors.js';
import { expireSessions } from './expiry.js';
import { Gateway } from './gateway.js';
import { healthServer, type Readiness } from './health-server.js';
import { createLog } from './log.js';
import { Metrics } from './metrics.js';
import { statusOf } from './status.js';
import { openTokenSource } from './tokens/open.js';
import type { VaultMirror } from './vault/mirror.js';
import { readSettings, type GatewaySettings } from './vault/settings.js';

/** Between two lines of the log that say how the gateway stands, in milliseconds. */
const STATUS_MS = 300_000;

/** Longest wait for runtimes to take note of detached sessions at the end, in milliseconds. */
const CLOSE_MS = 5000;

process.umask(0o077);
const log = createLog();
// A reader of the log that is gone must not take the gateway with it.
process.stdout.on('error', () => undefined);

try {
  await run();
} catch (error) {
  const message = messageOf(error);
  log.fatal(message);
  await tellParent({ type: 'failed', message });
  process.exit(error instanceof ConfigError ? 2 : 1);
}

async function run(): Promise<void> {
  const settings = readSettings(process.env);
  const { configFile: file } = settings;
  const metrics = new Metrics();
  let whyNotReady: Readiness = () => 'the configuration is not there yet';
  const health = healthServer(() => whyNotReady(), metrics);
  // Before the configuration, where that may take minutes and a probe asks meanwhile.
  let healthPort =
    settings.health === undefined ? 0 : await listen(health, settings.health, 'the health server');
  const mirror = await mirrorVault(settings, (reason) => {
    whyNotReady = () => reason;
    log.warn({ reason, healthPort }, 'waiting for the configuration');
  });
  let config = await readConfig(file);
  const gateway = new Gateway(log, metrics);
  gateway.configure(config);

  const tokens = await openTokenSource(config, (message) => log.warn(message));
  await tokens.start((found) => gateway.setTokens(found));
  let known = JSON.stringify(config);
  const stopWatching = watchDirectory(path.dirname(file), () => {
    readConfig(file).then(
      (next) => {
        if (JSON.stringify(next) === known) return;
        known = JSON.stringify(next);
        config = next;
        gateway.configure(next);
        log.info('the configuration has changed');
      },
      // The one that is in force stays so.
      (error: unknown) => log.error(messageOf(error)),
    );
  });

  const stopped = new AbortController();
  void expireSessions(
    {
      pool: gateway.pool,
      sessions: gateway.sessions,
      locks: gateway.locks,
      metrics,
      log,
      ttlHours: () => config.sessionTtlHours,
      everySeconds: settings.cleanUpSeconds,
    },
    stopped.signal,
  );
  const server = createTcpServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 },
    (socket) => gateway.accept(socket),
  );
  if (settings.health === undefined) healthPort = await listen(health, config.health, 'the health server');
  const port = await listen(server, config.listen, 'the gateway');
  const record = await keepRecord(settings);
  whyNotReady = () => {
    if (gateway.draining) return 'it is about to stop';
    return record?.obstacle ?? (gateway.pool.someReachable ? undefined : 'no replica is up');
  };
  log.info({ port, healthPort }, 'the gateway listens');
  const logStatus = async () => log.info(await statusOf(whyNotReady(), metrics), 'status');
  void logStatus();
  setInterval(() => void logStatus(), STATUS_MS).unref();
  await tellParent({ type: 'listening', port, healthPort });
  // Replicas or not: a handshake waits for one.
  await tellParent({ type: 'ready' });

  const force = new AbortController();
  let stopping = false;
  const stop = (why: string) => {
    if (stopping) return force.abort();
    stopping = true;
    log.info({ why, turns: gateway.turns }, 'stopping');
    server.close();
    stopped.abort();
    stopWatching();
    mirror?.close();
    tokens.close();
    const drained = drain(gateway, config.drainSeconds, force.signal);
    const deadline = config.drainSeconds * 1000 + CLOSE_MS;
    void Promise.all([pTimeout(drained, { milliseconds: deadline }), record?.release()])
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'not everything has ended'))
      .finally(() => {
        log.info('stopped');
        process.exit(0);
      });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  if (process.connected) process.once('disconnect', () => stop('the parent is gone'));
}

/** Settles when the configuration file is there. */
async function mirrorVault(
  { vault: settings, configFile }: GatewaySettings,
  onWaiting: (reason: string) => void,
): Promise<VaultMirror | undefined> {
  if (!settings) return undefined;
  const { openMirror } = await import('./vault/open.js');
  const mirror = openMirror(settings, configFile, log);
  await mirror.start(settings.patienceMs, onWaiting);
  return mirror;
}

async function keepRecord({ record }: GatewaySettings): Promise<RecordKeeper | undefined> {
  if (!record) return undefined;
  const { keepRecord } = await import('../dns-record/open.js');
  return keepRecord(record, log);
}

/** @throws Error that names the address */
async function listen(server: Server, address: string, what: string): Promise<number> {
  const { host, port } = parseAddress(address);
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new Error(
      (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
        ? `port ${port} of ${what} is already in use on ${host}: stop what listens there or choose another port`
        : `${what} cannot listen on ${address}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return (server.address() as AddressInfo).port;
}
