import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { Tenants } from '../../../services/gateway/tenants.js';
import { gatewayLimits, gatewayPolicy } from '../../../topology/schema/gateway.js';

import { TestPool } from './support/pool.js';

let pool: TestPool;
beforeAll(async () => {
  pool = await TestPool.start();
});
afterEach(() => pool.hangUp());
afterAll(() => pool?.close());

const code = async (token: unknown) => {
  const stranger = await pool.open(pool.gateway.port);
  const { error } = await stranger.call('connect', { token });
  stranger.close();
  return error?.code;
};

/** Waits until the gateway treats a token so, which it learns from files. */
async function until(token: string, wanted: number | undefined): Promise<void> {
  while ((await code(token)) !== wanted) await new Promise((resolve) => setImmediate(resolve));
}

describe('a connection without a valid token', () => {
  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['another one', 'x'.repeat(43)],
    ['a number', 7],
    ['a list', [['x']]],
  ])('is refused: %s', async (_, token) => {
    expect(await code(token)).toBe(-32002);
  });

  it('is refused with the token of a replica, which no tenant ever sees', async () => {
    expect(await code(pool.runtimes[0]!.token)).toBe(-32002);
    // The negative twin.
    expect(await code(pool.token('acme'))).toBeUndefined();
  });

  it('can do nothing else, and is ended after three attempts', async () => {
    const stranger = await pool.open(pool.gateway.port);
    expect((await stranger.call('session.list')).error).toMatchObject({ code: -32001 });
    for (let n = 0; n < 3; n++) await stranger.call('connect', { token: 'x' });
    await stranger.closed;
  });

  it('is ended when it sends more than a handshake', async () => {
    const stranger = await pool.open(pool.gateway.port);
    stranger.write('Content-Length: 100000\r\n\r\n');
    await stranger.closed;
    const known = await pool.raw('acme');
    expect((await known.call('ping', { message: 'x'.repeat(100_000) })).error).toBeUndefined();
  });

  it('cannot become another tenant', async () => {
    const client = await pool.raw('acme');
    expect((await client.call('connect', { token: pool.token('globex') })).error).toMatchObject({
      code: -32010,
    });
  });
});

describe('a token', () => {
  it('is rotated by two slots that are valid side by side, without a restart', async () => {
    const [old, fresh] = [pool.token('acme'), pool.setToken('acme', 'b')];
    const before = await pool.raw('acme');
    expect(await code(fresh)).toBe(-32002);
    const { acme, globex } = pool.config.tenants;
    pool.writeConfig({ tenants: { acme: { ...acme!, tokens: { a: 1, b: 2 } }, globex: globex! } });
    await until(fresh, undefined);
    expect(await code(old)).toBeUndefined();

    // The old slot is taken away: what came with it ends, the rest does not notice.
    const after = await pool.open(pool.gateway.port, fresh);
    pool.writeConfig({ tenants: { acme: { ...acme!, tokens: { b: 2 } }, globex: globex! } });
    await before.closed;
    expect(await code(old)).toBe(-32002);
    expect((await after.call('ping')).error).toBeUndefined();
    pool.writeConfig({ tenants: { acme: acme!, globex: globex! } });
    await after.closed;
    expect(await code(old)).toBeUndefined();
  });

  it('in a new file takes the place of the old one; a tenant that is new is let in, one that is gone is not', async () => {
    const old = pool.token('globex');
    const client = await pool.raw('globex');
    const fresh = pool.setToken('globex', 'a');
    await client.closed;
    await until(fresh, undefined);
    expect(await code(old)).toBe(-32002);

    const initech = pool.setToken('initech', 'a');
    const { acme, globex } = pool.config.tenants;
    pool.writeConfig({ tenants: { acme: acme!, globex: globex!, initech: acme! } });
    await until(initech, undefined);
    pool.writeConfig({ tenants: { acme: acme!, globex: globex! } });
    await until(initech, -32002);
  });

  it('stands in no log line, nor does a prompt or the id of a session', async () => {
    const client = await pool.client('acme');
    const session = await client.createSession(pool.session({ sessionId: 'a-session-id' }));
    await session.sendAndWait({ prompt: 'a-prompt' }, 20_000);
    const raw = await pool.raw('acme');
    await raw.call('session.shell.exec', { sessionId: 'a-session-id', command: 'a-command' });
    await raw.call('a-made-up-method');
    await pool.gateway.said('(unknown)');
    const { output } = pool.gateway;
    const words = [
      ...pool.tokens.values(),
      pool.runtimes[0]!.token,
      'a-prompt',
      'a-session-id',
      'a-command',
      'made-up',
    ];
    expect(words.filter((word) => output.includes(word))).toEqual([]);
    const line = output.split('\n').find((each) => each.includes('session.shell.exec'));
    expect(JSON.parse(line!)).toMatchObject({ audit: 'refused', tenant: 'acme', kind: 'forbidden' });
    const { text } = await pool.gateway.get('/metrics');
    expect(text).toMatch(/copilot_gateway_refusals_total{tenant="acme",kind="forbidden"} [1-9]/);
    expect(words.filter((word) => text.includes(word))).toEqual([]);
  });
});

describe('the index of tokens', () => {
  const tenant = { limits: gatewayLimits.parse({}), policy: gatewayPolicy.parse({}), tokens: { a: 1 } };
  const index = (tokens: Record<string, string>) => {
    const warnings: string[] = [];
    const tenants = new Tenants((message) => warnings.push(message));
    tenants.configure({ acme: tenant, globex: tenant });
    tenants.setTokens(new Map(Object.entries(tokens)));
    return { tenants, warnings };
  };
  const [one, other] = ['1'.repeat(32), '2'.repeat(32)];

  it('uses no token that two tenants have, or that is too short, and says so without saying it', () => {
    const { tenants, warnings } = index({ 'acme.a': one, 'globex.a': one });
    expect(tenants.authenticate(one)).toBeUndefined();
    expect(warnings).toEqual(['acme and globex have the same token, which is not used: make new ones']);
    const short = index({ 'acme.a': 'short', 'globex.a': other });
    expect(short.tenants.authenticate('short')).toBeUndefined();
    expect(short.warnings.join()).toMatch(/slot a of tenant acme has 5 characters/);
    expect(short.tenants.authenticate(other)?.tenant.id).toBe('globex');
  });

  it('leaves out slots that the configuration does not name', () => {
    const { tenants } = index({ 'acme.a': one, 'acme.b': other });
    expect(tenants.authenticate(other)).toBeUndefined();
    expect(tenants.authenticate(one)?.tenant.id).toBe('acme');
  });
});
