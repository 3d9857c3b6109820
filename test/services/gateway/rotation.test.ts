import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';

import { ConnectionLostError, SessionManager } from '../../../client/index.js';
import { directive, type Directive } from '../../../topology/stand-in.js';
import { waitFor } from '../../support/wait.js';

import { TestPool } from './support/pool.js';

let pool: TestPool;
let manager: SessionManager;
/** How often the manager has connected. */
let connections: number;
/** What the back end has read last. */
let token: string;

beforeAll(async () => {
  pool = await TestPool.start();
});
afterEach(async () => {
  await manager.close();
  await pool.hangUp();
});
afterAll(() => pool?.close());

function begin(tenant: string): void {
  token = pool.token(tenant);
  connections = 0;
  manager = new SessionManager({
    connect: () => {
      connections += 1;
      return pool.connect(pool.gateway.port, token);
    },
    settings: () => pool.session(),
  });
}

const ask = async (session: string, asked: Directive) =>
  (await manager.turn(session, directive(asked)))?.data.content;

const slots = (tenant: string, tokens: { readonly a?: number; readonly b?: number }) => {
  const { tenants } = pool.config;
  pool.writeConfig({ tenants: { ...tenants, [tenant]: { ...tenants[tenant]!, tokens } } });
};

/** Waits until the gateway refuses a token, or lets it in. */
async function until(wanted: 'refused' | 'valid', value: string): Promise<void> {
  await waitFor(`a token that is ${wanted}`, async () => {
    const stranger = await pool.open(pool.gateway.port);
    const { error } = await stranger.call('connect', { token: value });
    stranger.close();
    return wanted === 'refused' ? error?.code === -32002 : error === undefined;
  });
}

const turnBegun = (tenant: string) =>
  waitFor('a running turn', async () =>
    new RegExp(`copilot_gateway_turns\\{tenant="${tenant}"[^}]*\\} 1`).test(
      (await pool.gateway.get('/metrics')).text,
    ),
  );

const long = { stream: { chunks: 15, intervalMs: 100 } } as const;

describe('the rotation of a gateway token', () => {
  it('loses no turn of a client that moves over before the old slot is taken away', async () => {
    begin('acme');
    const old = token;
    await ask('kept', { reply: 'by the old one' });

    const fresh = pool.setToken('acme', 'b');
    slots('acme', { a: 1, b: 2 });
    await until('valid', fresh);
    token = fresh;
    const running = ask('kept', long);
    await turnBegun('acme');
    const renewed = manager.renew();
    const waiting = ask('another', { reply: 'by the new one' });
    await expect(running).resolves.toContain('chunk 15 of 15');
    await renewed;
    await expect(waiting).resolves.toBe('by the new one');
    expect(connections).toBe(2);

    slots('acme', { b: 2 });
    await until('refused', old);
    const recalled = await ask('kept', { recall: true });
    expect(recalled).toContain('by the old one');
    expect(recalled).toContain('stream');
    expect(connections).toBe(2);
  });

  it('cuts off the turn of a client that has not moved over, which finds its session by the new token', async () => {
    begin('globex');
    const old = token;
    const running = ask('kept', long).catch((error: unknown) => error);
    await turnBegun('globex');
    token = pool.setToken('globex', 'b');
    slots('globex', { b: 2 });
    expect(await running).toBeInstanceOf(ConnectionLostError);
    await until('refused', old);
    await expect(ask('kept', { recall: true })).resolves.toContain('stream');
  });
});
