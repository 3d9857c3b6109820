import type { CopilotClient } from '@github/copilot-sdk';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

import { SessionManager } from '../../../client/index.js';
import { TurnLoad } from '../../support/turn-load.js';
import { waitFor } from '../../support/wait.js';

import { TestPool } from './support/pool.js';

// Whole turns on several runtimes: on a busy machine they take their time.
jest.setTimeout(120_000);

const TURN_MS = 250;

let pool: TestPool | undefined;
let manager: SessionManager | undefined;
afterEach(async () => {
  await manager?.close();
  await pool?.close();
});

describe('one of two gateways that is asked to stop, under load', () => {
  it('costs the library no turn, and a bare client those that it begins there afterwards, each with an error', async () => {
    const started = (pool = await TestPool.start({ replicas: 2, config: { routing: 'roundRobin' } }));
    await started.startGateway();
    // As a Service does it: to the first one that takes connections.
    const connect = async (): Promise<CopilotClient> => {
      const [first, second] = started.gateways;
      return started.client('acme', first).catch(() => started.client('acme', second));
    };
    const managing = (manager = new SessionManager({ connect, settings: () => started.session() }));
    const managed = ['m0', 'm1', 'm2'].map(
      (id) => new TurnLoad(id, async (prompt) => (await managing.turn(id, prompt))?.data.content, TURN_MS),
    );
    const client = await connect();
    const session = await client.createSession(started.session({ sessionId: 'b0' }));
    const bare = new TurnLoad(
      'b0',
      async (prompt) => (await session.sendAndWait({ prompt }, 20_000))?.data.content,
      TURN_MS,
    );
    const loads = [...managed, bare];
    await waitFor('some turns', () => loads.every(({ done }) => done.length > 1));

    started.gateway.signal('SIGTERM');
    await started.gateway.exited;
    const before = managed.map(({ done }) => done.length);
    await waitFor('turns through the other one', () =>
      managed.every(({ done, failures }, n) => done.length > before[n]! + 1 || failures.length > 0),
    );
    await Promise.all(loads.map((load) => load.stop()));
    expect(managed.flatMap(({ failures }) => failures)).toEqual([]);
    for (const load of managed) expect(await load.remembered()).toEqual(load.done);
    // The turn that ran was finished; the next one was refused, and nothing of it is left.
    expect(bare.failures).toEqual([expect.stringMatching(/SERVER_SHUTTING_DOWN/)]);
    const elsewhere = await (await connect()).resumeSession('b0', started.session());
    const { length } = (await elsewhere.getEvents()).filter(({ type }) => type === 'user.message');
    expect(length).toBe(bare.done.length);
  });
});
