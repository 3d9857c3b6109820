import { utimesSync } from 'node:fs';
import path from 'node:path';

import type { CopilotSession } from '@github/copilot-sdk';
import { afterEach, expect, it } from '@jest/globals';

import { GATEWAY_ENV } from '../../../topology/gateway-contract.js';
import { describeWithRedis, TestRedis } from '../../support/redis.js';
import { waitFor } from '../../support/wait.js';

import { TestGateway, TestPool } from './support/pool.js';

let pool: TestPool;
afterEach(() => pool?.close());

/** Makes the last prompt of a session one of two hours ago. */
function age(id: string): void {
  const then = new Date(Date.now() - 2 * 3_600_000);
  utimesSync(path.join(pool.directory, 'sessions', id, 'events.jsonl'), then, then);
}

const deletedBy = async (gateway: TestGateway) =>
  Number(
    /expired_sessions_total\{tenant="acme"\} (\d+)/.exec((await gateway.get('/metrics')).text)?.[1] ?? 0,
  );

describeWithRedis('expired sessions of replicas that share them', () => {
  it('are deleted by a gateway, but never one that is attached through any gateway', async () => {
    const redis = await TestRedis.start();
    const sharedStorage = { redisUrl: redis.url, keyPrefix: 'test:', ttlSeconds: 5 };
    pool = await TestPool.start({
      replicas: 2,
      sharedSessions: true,
      config: { sharedStorage, sessionTtlHours: 1 },
    });
    const client = await pool.client('acme');
    const sessions = new Map<string, CopilotSession>();
    for (const sessionId of ['attached', 'idle', 'young']) {
      const session = await client.createSession(pool.session({ sessionId }));
      await session.sendAndWait({ prompt: 'hello' }, 10_000);
      sessions.set(sessionId, session);
    }
    for (const sessionId of ['idle', 'young']) await sessions.get(sessionId)!.disconnect();
    for (const sessionId of ['attached', 'idle']) age(`acme__${sessionId}`);

    // The gateway that they are attached through has time; another one looks every second.
    const other = await TestGateway.start(pool.configFile, { [GATEWAY_ENV.cleanUpSeconds]: '1' });
    pool.gateways.push(other);
    await waitFor('one to be deleted', async () => (await deletedBy(other)) === 1);
    await other.said('deleted expired sessions');
    const left = async () => (await client.listSessions()).map(({ sessionId }) => sessionId).sort();
    expect(await left()).toEqual(['attached', 'young']);

    // Its lock alone has kept it.
    await sessions.get('attached')!.disconnect();
    age('acme__attached');
    await waitFor('it to be deleted', async () => (await deletedBy(other)) === 2);
    expect(await left()).toEqual(['young']);
    expect(other.output).not.toMatch(/acme__|idle/);
  });
});
