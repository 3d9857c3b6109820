/**
 * Lets tenants work for a while on two local deployments. To the first bad things happen, one after another, always the
 * same for the same seed: runtimes, hosts and the gateway are killed, hosts are asked to stop in mid-turn, every token is
 * rotated. The second, with a fifth of the tenants, is left in peace, so that a leak has the time to show. At the end
 * every answer that a user has seen must be in the history of its session, no process may have grown, and nothing may be
 * left running.
 *
 * Usage: npm run soak -- [--minutes 3] [--tenants 20] [--seed 1] [--report <file>] [--samples <file>]
 */
import { setMaxListeners } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { serveStandIn } from '../../services/runtime-host/stand-in/server.js';

import { excesses, growthOf } from './growth.js';
import { Ledger } from './ledger.js';
import { Random } from './random.js';
import { report } from './report.js';
import { User } from './user.js';
import { deployedProcesses, Vitals } from './vitals.js';
import { World } from './world.js';

/** Between two looks at memory and open files, in milliseconds. */
const LOOK_MS = 5000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '3' },
    tenants: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    report: { type: 'string' },
    samples: { type: 'string' },
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
const spared = Math.max(2, Math.round(tenants / 5));
const struck = tenants - spared;
const worlds = [
  new World(root, 'struck', struck, model, ledger, random),
  new World(root, 'spared', spared, model, ledger, random),
] as const;
const wrong: string[] = [];
const descriptors = async () => (await readdir('/proc/self/fd')).length;

const atStart = await descriptors();
await Promise.all(worlds.map((world) => world.up()));
const users = worlds
  .flatMap((world) => world.names.map((name) => ({ world, name })))
  .map(
    ({ world, name }, n) =>
      new User(name, world.usedBy(name), world.access(name), ledger, new Random(seed * 1000 + n)),
  );
const vitals = new Vitals(root, LOOK_MS);
vitals.start();
const begun = Date.now();
const end = new AbortController();
// One for each user, which is no leak.
setMaxListeners(0, end.signal);
const working = users.map((user) =>
  user.work(end.signal).catch((error: Error) => wrong.push(`${error.message}: ${String(error.cause)}`)),
);
while (Date.now() - begun < minutes * 60_000) {
  await delay(random.between(1000, 4000));
  await worlds[0].blow();
}
end.abort();
await Promise.all(working);
vitals.stop();

let resumed = 0;
for (const user of users) {
  for (const [session, answers] of ledger.answers.get(user.tenant) ?? []) {
    const missing = await user.missing(session, answers).catch((error: Error) => [`(${error.message})`]);
    if (missing.length > 0)
      wrong.push(`${user.tenant} ${session} lacks ${missing.length} answers: ${missing[0]}`);
    resumed++;
  }
  await user.leave();
}
await delay(2000);
for (const world of worlds) {
  const running = await world.runningTurns();
  if (running !== 0) wrong.push(`${running} turns are said to run at the end`);
}
await Promise.all(worlds.map((world) => world.down()));
for (const world of worlds) ledger.blows.push(...(await world.replacements()));
await delay(1000);
const atEnd = await descriptors();
if (atEnd > atStart + 5)
  wrong.push(`${atEnd} open files of the soak itself at the end, ${atStart} at the start`);
for (const { role, name } of deployedProcesses(root)) wrong.push(`the ${role} of ${name} is left running`);
await rm(root, { recursive: true, maxRetries: 5 });
for (const failure of ledger.failures) {
  if (ledger.causeOf(failure)) continue;
  const { tenant, reason, begun: at } = failure;
  wrong.push(`a turn of ${tenant} failed without a cause at ${new Date(at).toISOString()}: ${reason}`);
}
const { parts } = vitals;
if (growthOf(parts).length < parts.length) wrong.push('the run was too short to tell what grows');
wrong.push(...excesses(parts));

const page = await report({ minutes, struck, spared, seed, ledger, parts, resumed, wrong });
say(page);
if (values.report !== undefined) await writeFile(values.report, page);
if (values.samples !== undefined) await writeFile(values.samples, JSON.stringify(parts));
process.exit(wrong.length === 0 ? 0 : 1);
