import { readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { ALLOWED } from '../../../services/gateway/methods.js';
import { directive } from '../../../topology/stand-in.js';

import { broken, mutant, random } from './support/fuzz.js';
import { TestPool } from './support/pool.js';
import type { RawClient } from './support/raw.js';

const SEED = 20_261_121;
const FRAMES = 10_000;
const SECRET = 'the secret of acme';

let pool: TestPool;
beforeAll(async () => {
  const limits = { sessions: 3, turns: 2, connections: 50 };
  pool = await TestPool.start({ tenants: { acme: {}, globex: { limits } } });
});
afterAll(() => pool?.close());

/** Resident memory of the gateway in MiB. */
const memory = () =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pool.gateway.pid}/status`, 'utf8'))?.[1]) / 1024;

describe(`${FRAMES} fuzzed frames`, () => {
  it('reach no session of another tenant; the gateway stays up and its memory flat', async () => {
    const owner = await pool.client('acme');
    const session = await owner.createSession(pool.session({ sessionId: 'victim' }));
    await session.sendAndWait({ prompt: SECRET }, 20_000);
    const history = (await session.getEvents()).length;

    const next = random(SEED);
    const exact = messages();

    let received = '';
    let intruder: RawClient | undefined;
    const hangUp = () => {
      received += intruder?.received ?? '';
      intruder?.close();
      intruder = undefined;
    };
    let settled = 0;
    for (let sent = 0; sent < FRAMES; sent++) {
      if (sent === FRAMES / 4) settled = memory();
      intruder ??= await pool.raw('globex');
      const whole = mutant(next, exact, IDS);
      const breaks = next() < 0.01;
      intruder.write(breaks ? broken(next, whole) : whole);
      if (breaks) await intruder.closed;
      // Everything before it has been read once this is answered, or the frame has ended the connection.
      else if (sent % 50 === 49) await intruder.call('ping');
      if (breaks || intruder.socket.destroyed) hangUp();
    }
    hangUp();

    expect(pool.gateway.output).not.toMatch(/failed unexpectedly|"level":"fatal"/);
    expect((await pool.gateway.get('/livez')).status).toBe(200);
    expect(memory() - settled).toBeLessThan(40);
    expect(received).not.toContain(SECRET);
    expect(received.length).toBeGreaterThan(500_000);
    expect(await session.getEvents()).toHaveLength(history);
    const recalled = await session.sendAndWait({ prompt: directive({ recall: true }) }, 20_000);
    expect(recalled?.data.content).toContain(SECRET);
    expect(recalled?.data.content).not.toContain('intruder');
  }, 60_000);

  it('do harm where there is no gateway', async () => {
    const owner = await pool.client('acme');
    const session = await owner.createSession(pool.session({ sessionId: 'victim-2' }));
    await session.sendAndWait({ prompt: SECRET }, 20_000);
    const next = random(SEED);
    const { port, token } = pool.runtimes[0]!;
    const intruder = await pool.open(port, token);
    for (let sent = 0; sent < 300; sent++) intruder.write(mutant(next, messages(), ['acme__victim-2']));
    await intruder.call('ping');
    expect(intruder.received).toContain(SECRET);
  });
});

const IDS = ['victim', 'acme__victim', '__victim', 'mine', 'globex__victim', 'victim\u0000', ''];

/** A call of every method that is allowed, with parameters that all take something from, and with fitting ones. */
function messages() {
  const params = {
    ...pool.options,
    prompt: 'intruder',
    requestId: 'x',
    result: 'x',
    name: 'n',
    modelId: 'm',
  };
  const real = Object.keys(ALLOWED).map((method) => ({ id: 1, method, params }));
  return [...real, ...real.map((one) => ({ ...one, params: FITTING[one.method] ?? {} }))];
}

/** Parameters that the table lets through. */
const FITTING: Readonly<Record<string, object>> = {
  'session.send': { prompt: 'intruder' },
  'session.log': { message: 'intruder' },
  'session.name.set': { name: 'intruder' },
  'session.model.switchTo': { modelId: 'm' },
  'session.create': { availableTools: [], model: 'stand-in' },
  'session.resume': { availableTools: [], model: 'stand-in' },
};
