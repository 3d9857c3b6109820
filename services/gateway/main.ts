#!/usr/bin/env node
/**
 * The program that pooled tenants connect to, on every platform. Everything it needs to know stands in one file, and
 * is taken up anew when that changes.
 */
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import path from 'node:path';

import pTimeout from 'p-timeout';

import { GATEWAY_CONFIG_FILE, GATEWAY_ENV } from '../../topology/gateway-contract.js';

import { tellParent } from '../common/parent.js';
import { ConfigError, parseAddress, readConfig } from './config.js';
import { drain } from './drain.js';
import { messageOf } from './errors.js';
import { Gateway } from './gateway.js';
import { healthServer } from './health-server.js';
import { createLog } from './log.js';
import { Metrics } from './metrics.js';
import { openTokenSource } from './tokens/source.js';
import { watchDirectory } from './watch.js';

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
  const file = process.env[GATEWAY_ENV.config] || GATEWAY_CONFIG_FILE;
  let config = await readConfig(file);
  const metrics = new Metrics();
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

  const whyNotReady = () =>
    gateway.draining ? 'it is about to stop' : gateway.pool.someUp ? undefined : 'no replica is up';
  const health = healthServer(whyNotReady, metrics);
  const server = createTcpServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 },
    (socket) => gateway.accept(socket),
  );
  const healthPort = await listen(health, config.health, 'the health server');
  const port = await listen(server, config.listen, 'the gateway');
  log.info({ port, healthPort }, 'the gateway listens');
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
    stopWatching();
    tokens.close();
    const drained = drain(gateway, config.drainSeconds, force.signal);
    const deadline = config.drainSeconds * 1000 + CLOSE_MS;
    void pTimeout(drained, { milliseconds: deadline })
      .catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'not everything has ended'))
      .finally(() => {
        log.info('stopped');
        process.exit(0);
      });
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  if (process.connected) process.once('disconnect', () => stop('the parent is gone'));
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
