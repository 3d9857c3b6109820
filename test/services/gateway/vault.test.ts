import path from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { readSettings } from '../../../services/gateway/vault/settings.js';
import { GATEWAY_ENV, type GatewayConfig } from '../../../topology/gateway-contract.js';
import { HOST_ENV, PLACEHOLDER_ADDRESS } from '../../../topology/host-contract.js';
import { AzureStandIn, type Principal, type Vault } from '../../azure/stand-in/index.js';
import { afterTest } from '../../support/cleanup.js';
import { addRecords, recordId, recordOf } from '../dns-record/support.js';
import { mayRead, VAULT_URL } from '../key-vault/support.js';

import { addressOf, TestGateway, TestPool } from './support/pool.js';

let azure: AzureStandIn;
let vault: Vault;
let identity: Principal;
let pool: TestPool;

beforeAll(async () => {
  azure = await AzureStandIn.start();
  vault = azure.addVault('acme');
  identity = azure.addIdentity('gateway');
  pool = await TestPool.start();
});
afterEach(() => azure.faults.clear());
afterAll(async () => {
  await pool?.close();
  await azure?.stop();
});

const entry = (secret: string, revision = 1) => ({ secret, revision });

/** The pool of this test as a gateway on Azure is told of it. */
function config(directory: string, tenants: GatewayConfig['tenants']): string {
  const tokens = Object.entries(tenants).flatMap(([id, { tokens: slots }]) =>
    Object.entries(slots).map(([slot, revision]) => [
      `tokens/${id}.${slot}`,
      entry(`token-${id}-${slot}`, revision),
    ]),
  );
  return JSON.stringify({
    ...pool.config,
    replicas: {
      'pool/0': { ...addressOf(pool.runtimes[0]!), connectionTokenFile: path.join(directory, 'replicas/0') },
    },
    tokens: { kind: 'directory', path: path.join(directory, 'tokens') },
    tenants,
    keyVaultFiles: { 'replicas/0': entry('replica-0'), ...Object.fromEntries(tokens) },
  } satisfies GatewayConfig);
}

const environment = (group: object, directory: string) => ({
  ...group,
  [HOST_ENV.keyVault]: VAULT_URL,
  [HOST_ENV.identity]: identity.clientId,
  [HOST_ENV.health]: '127.0.0.1:0',
  [GATEWAY_ENV.config]: path.join(directory, 'gateway.json'),
  [GATEWAY_ENV.configSecret]: 'gateway-config',
  [GATEWAY_ENV.vaultPoll]: '1',
});

describe('a gateway with a Key Vault', () => {
  it('takes configuration and tokens from it, and every change without a restart', async () => {
    const directory = path.join(pool.directory, 'vault');
    const { acme, globex } = pool.config.tenants as Record<string, GatewayConfig['tenants'][string]>;
    const write = (tenants: GatewayConfig['tenants']) =>
      vault.secrets.set('gateway-config', { value: config(directory, tenants) });
    const tokenOf = (tenant: string, slot: string, value = `${tenant}-${slot}-`.padEnd(40, 'x')) => {
      vault.secrets.set(`token-${tenant}-${slot}`, { value });
      return value;
    };
    const first = tokenOf('acme', 'a');
    vault.secrets.set('replica-0', { value: pool.runtimes[0]!.token });
    write({ acme: acme! });
    for (const name of ['gateway-config', 'replica-0', 'token-acme-a', 'token-acme-b', 'token-globex-a']) {
      mayRead(azure, identity, vault, name);
    }
    await addRecords(azure, ['gateway']);
    azure.roles.assign(identity, 'Private DNS Zone Contributor', recordId('gateway'));
    const group = await azure.openGroup([identity]);
    const gateway = await TestGateway.start('', {
      ...environment(group, directory),
      [HOST_ENV.dnsRecord]: recordId('gateway'),
    });
    afterTest(() => gateway.kill());
    const code = async (token: string) => {
      const client = await pool.open(gateway.port);
      const { error } = await client.call('connect', { token });
      client.close();
      return error?.code;
    };
    const until = async (token: string, wanted: number | undefined) => {
      while ((await code(token)) !== wanted) await new Promise((resolve) => setTimeout(resolve, 20));
    };
    const client = await pool.connect(gateway.port, first);
    const session = await client.createSession(pool.session());
    await session.sendAndWait({ prompt: 'hello' }, 20_000);

    // A second slot and a tenant more are let in, what was known is not asked for again.
    const fresh = tokenOf('acme', 'b');
    const other = tokenOf('globex', 'a');
    write({ acme: { ...acme!, tokens: { a: 1, b: 1 } }, globex: globex! });
    await until(fresh, undefined);
    expect([await code(first), await code(other)]).toEqual([undefined, undefined]);

    // While the vault is away, what was known stays.
    azure.faults.add({ when: ({ path: asked }) => asked.startsWith('/secrets/'), answer: 'hang up' });
    await gateway.said('cannot mirror a secret: the configuration in force stays');
    expect(await code(fresh)).toBeUndefined();
    azure.faults.clear();

    // The old slot is taken away, and ends the connection that came with it; the other tenant's secret is deleted.
    const raw = await pool.open(gateway.port, first);
    vault.secrets.delete('token-globex-a');
    write({ acme: { ...acme!, tokens: { b: 1 } }, globex: { ...globex!, tokens: { a: 2 } } });
    await raw.closed;
    await until(first, -32002);
    await until(other, -32002);
    expect(await code(fresh)).toBeUndefined();

    const read = azure.exchanges.filter(
      ({ request, status }) => request.path === '/secrets/replica-0/' && status === 200,
    );
    expect(read).toHaveLength(1);
    expect((await gateway.get('/readyz')).status).toBe(200);
    expect((await recordOf(azure, 'gateway')).aRecords).not.toEqual([{ ipv4Address: PLACEHOLDER_ADDRESS }]);
    gateway.signal('SIGTERM');
    expect(await gateway.exited).toBe(0);
    expect((await recordOf(azure, 'gateway')).aRecords).toEqual([{ ipv4Address: PLACEHOLDER_ADDRESS }]);
    const secrets = [first, fresh, other, pool.runtimes[0]!.token];
    expect(secrets.filter((secret) => gateway.output.includes(secret))).toEqual([]);
  });

  it('answers probes while it waits for its role, and gives up with the reason, exit code 1', async () => {
    const stranger = azure.addIdentity('stranger');
    const directory = path.join(pool.directory, 'waiting');
    const gateway = TestGateway.launch('', {
      ...environment(await azure.openGroup([stranger]), directory),
      [HOST_ENV.identity]: stranger.clientId,
      [HOST_ENV.patience]: '2',
    });
    await gateway.said('waiting for the configuration');
    gateway.healthPort = Number(/"healthPort":(\d+),"msg":"waiting/.exec(gateway.output)?.[1]);
    expect((await gateway.get('/livez')).status).toBe(200);
    expect(await gateway.get('/readyz')).toMatchObject({
      status: 503,
      text: expect.stringContaining('assign it the role'),
    });
    expect(await gateway.exited).toBe(1);
    expect(gateway.output).toMatch(
      /"level":"fatal".*the secret gateway-config in acme.* may not be read by the identity .*assign it the role/,
    );
  });
});

describe('the settings of a gateway on Azure', () => {
  const right = {
    [HOST_ENV.keyVault]: VAULT_URL,
    [HOST_ENV.identity]: '00000000-0000-4000-8000-000000000001',
    [GATEWAY_ENV.configSecret]: 'gateway-config',
  };

  it('have the configuration in memory and probes answered before it is there', () => {
    expect(readSettings(right)).toMatchObject({
      configFile: '/dev/shm/copilot-runtimes/gateway.json',
      health: '0.0.0.0:4380',
      vault: { configSecret: 'gateway-config', pollMs: 30_000, patienceMs: 600_000 },
    });
    expect(readSettings({})).toEqual({
      configFile: '/etc/copilot-runtimes/gateway.json',
      cleanUpSeconds: 3600,
    });
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    [
      'a secret without a vault',
      { [HOST_ENV.keyVault]: '', [HOST_ENV.identity]: '' },
      /SECRET is set without .*KEY_VAULT/,
    ],
    [
      'a vault without a secret',
      { [GATEWAY_ENV.configSecret]: '' },
      /KEY_VAULT is set without .*CONFIG_SECRET/,
    ],
    ['no identity', { [HOST_ENV.identity]: '' }, /IDENTITY must be a client id/],
    [
      'a relative path',
      { [GATEWAY_ENV.config]: 'gateway.json' },
      /must be an absolute path, got "gateway.json"/,
    ],
    [
      'looks without a pause',
      { [GATEWAY_ENV.vaultPoll]: '0' },
      /must be a number of seconds from 1, got "0": use 30/,
    ],
    [
      'passes at no time',
      { [GATEWAY_ENV.cleanUpSeconds]: 'hourly' },
      /CLEAN_UP_SECONDS must be a number of seconds from 1, got "hourly": use 3600/,
    ],
  ])('are refused with %s', (_, changes, message) => {
    expect(() => readSettings({ ...right, ...changes })).toThrow(message);
  });
});
