import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import type { GatewayConfig } from '../../../topology/gateway-contract.js';
import { afterTest, temporaryDirectory } from '../../support/cleanup.js';

import { TestGateway } from './support/pool.js';

const CONFIG: GatewayConfig = {
  listen: '127.0.0.1:0',
  health: '127.0.0.1:0',
  replicas: {},
  tenants: {},
  tokens: { kind: 'directory', path: '/nonexistent/tokens' },
  routing: 'stickySession',
  replicaWaitSeconds: 0,
  drainSeconds: 0,
  sessionsPerReplica: 1,
  poolHasIdentity: false,
};

function configFile(config: unknown): string {
  const file = path.join(temporaryDirectory(), 'gateway.json');
  writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
  return file;
}

/** What it says when it does not start. */
async function failure(file: string) {
  const error = await TestGateway.start(file).then(
    (gateway) => gateway.kill(),
    (thrown: Error) => thrown,
  );
  const { message, exitCode } = error as Error & { exitCode?: number };
  expect(message).not.toContain('    at ');
  return { message, exitCode };
}

describe('the program', () => {
  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'is not JSON: write it anew'],
    ['an unknown key', { ...CONFIG, token: 'x' }, 'Unrecognized key: \\"token\\"'],
    ['a wrong address', { ...CONFIG, listen: '4322' }, 'listen: must be host:port, such as 0.0.0.0:4322'],
    ['a tenant that is none', { ...CONFIG, tenants: { a_b: {} } }, 'tenants.a_b'],
    [
      'locks that would meet those of others',
      { ...CONFIG, sharedStorage: { redisUrl: 'redis://r' } },
      'sharedStorage.keyPrefix',
    ],
  ])('does not start with %s, and says why', async (_, config, why) => {
    const { message, exitCode } = await failure(configFile(config));
    expect(message).toContain(why);
    expect(exitCode).toBe(2);
  });

  it('does not start without a file, or on a port that is taken', async () => {
    const { message, exitCode } = await failure('/nonexistent/gateway.json');
    expect(message).toContain(
      'cannot read the configuration file /nonexistent/gateway.json (ENOENT): create it',
    );
    expect(exitCode).toBe(2);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    afterTest(() => taken.close());
    const listen = `127.0.0.1:${(taken.address() as AddressInfo).port}`;
    const second = await failure(configFile({ ...CONFIG, listen }));
    expect(second.message).toContain(
      'of the gateway is already in use on 127.0.0.1: stop what listens there',
    );
    expect(second.exitCode).toBe(1);
  });

  it('starts without replicas and tokens, is alive, and says why it is not ready', async () => {
    const gateway = await TestGateway.start(configFile(CONFIG));
    afterTest(() => gateway.kill());
    expect((await gateway.get('/livez')).status).toBe(200);
    expect(await gateway.get('/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('no replica is up'),
    });
    expect((await gateway.get('/other')).status).toBe(404);
    expect(gateway.output).toContain('cannot read the tokens in /nonexistent/tokens (ENOENT)');
  });
});
