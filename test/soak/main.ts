/**
 * Lets tenants work for a while on a local deployment to which bad things happen, one after another, always the same for
 * the same seed: runtimes, hosts and the gateway are killed, hosts are asked to stop in mid-turn, every token is rotated.
 * At the end every answer that a user has seen must be in the history of its session, and nothing may be left running.
 *
 * Usage: npm run soak -- [--minutes 3] [--tenants 20] [--seed 1]
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { serveStandIn } from '../../services/runtime-host/stand-in/server.js';
import { processesOf } from '../support/processes.js';

import { Ledger } from './ledger.js';
import { Random } from './random.js';
import { User } from './user.js';
import { World } from './world.js';

/** What a host or a runtime may have at most: more than it ever has, less than a leak would come to in an hour. */
const MOST = { hostMiB: 80, runtimeMiB: 400, openFiles: 200, runningTurns: 0 };

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    tenants: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
  },
});
const [minutes, tenants, seed] = [values.minutes, values.tenants, values.seed].map(Number) as [
  number,
  number,
  number,
];
const say = (text: string) => process.stdout.write(`${text}\n`);
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  // The SDK lets errors of a socket escape when a runtime is killed.
  if (
    /^(EPIPE|ECONNRESET)$/.test(error.code ?? '') ||
    /connection (is|got) (closed|disposed)/i.test(error.message)
  )
    return;
  throw error;
});

const root = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-soak-'));
const ledger = new Ledger();
const random = new Random(seed);
const model = `http://127.0.0.1:${await serveStandIn(new Set(['model']), 0)}`;
const world = new World(root, tenants, model, ledger, random);
const wrong: string[] = [];
const descriptors = async () => (await readdir('/proc/self/fd')).length;

const atStart = await descriptors();
await world.up();
const users = world.names.map(
  (name, n) => new User(name, world.access(name), ledger, new Random(seed * 1000 + n)),
);
const begun = Date.now();
const end = new AbortController();
const working = users.map((user) =>
  user.work(end.signal).catch((error: Error) => wrong.push(`${error.message}: ${String(error.cause)}`)),
);
while (Date.now() - begun < minutes * 60_000) {
  await delay(random.between(1000, 4000));
  await world.blow();
}
end.abort();
await Promise.all(working);

for (const user of users) {
  for (const [session, answers] of ledger.answers.get(user.tenant) ?? []) {
    const missing = await user.missing(session, answers).catch((error: Error) => [`(${error.message})`]);
    if (missing.length > 0)
      wrong.push(`${user.tenant} ${session} lacks ${missing.length} answers: ${missing[0]}`);
  }
  await user.leave();
}
await delay(2000);
const figures = await world.figures();
for (const [name, most] of Object.entries(MOST)) {
  if (figures[name]! > most) wrong.push(`${name} is ${figures[name]}, more than ${most}`);
}
await world.down();
await delay(1000);
const atEnd = await descriptors();
if (atEnd > atStart + 5) wrong.push(`${atEnd} open files at the end, ${atStart} at the start`);
const left = processesOf(root);
if (left.length > 0) wrong.push(`${left.length} processes are left`);
await rm(root, { recursive: true, maxRetries: 5 });
for (const { tenant, reason, begun: at } of ledger.unexplained(world.usedBy)) {
  wrong.push(`a turn of ${tenant} failed without a cause at ${new Date(at).toISOString()}: ${reason}`);
}

const kinds = new Map<string, number>();
for (const { kind } of ledger.blows) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
const sessions = [...ledger.answers.values()].reduce((sum, own) => sum + own.size, 0);
say(`${minutes} min, ${tenants} tenants, seed ${seed}: ${ledger.turns} turns, ${sessions} sessions`);
say(`blows: ${[...kinds].map(([kind, count]) => `${kind} ${count}`).join(', ')}`);
say(`turns that failed: ${ledger.failures.length}, each with a cause unless said below`);
say(
  `at most: ${Object.entries(figures)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`,
);
for (const text of wrong) say(`WRONG ${text}`);
say(
  wrong.length === 0
    ? 'every answer is there, and nothing is left behind'
    : `${wrong.length} things are wrong`,
);
process.exit(wrong.length === 0 ? 0 : 1);
