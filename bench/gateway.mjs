/**
 * What the gateway adds: latency of a call and of a streamed chunk, and turns per second, directly and through it, in
 * turn. One replica, a stand-in model, SDK clients and clients that write each message at once. Needs
 * `npm run build`.
 *
 * Usage: node bench/gateway.mjs [clients, e.g. 1,10,100] [rounds]
 */
import { once } from 'node:events';
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

import { CopilotClient, RuntimeConnection } from '@github/copilot-sdk';

import { bringUp } from '../dist/local/index.js';
import { FrameReader } from '../dist/services/gateway/framing.js';
import { encode, NUDGE } from '../dist/services/gateway/message.js';
import { parseTopology, planTopology } from '../dist/topology/index.js';
import { directive, STAND_IN_MODEL } from '../dist/topology/stand-in.js';

const [sizes = '1,10,100', rounds = '3'] = process.argv.slice(2);
const PINGS = 200;
const CHUNKS = 40;
const TURNS = 500;

const root = await mkdtemp(path.join(os.tmpdir(), 'gateway-bench-'));
const topology = `name: bench
platform: local
pattern: shared
runtime: { integrationId: bench }
pool:
  replicas: 1
  maxSessionsPerReplica: 1000
  gateway:
    limits: { connections: 1000, sessions: 1000, turns: 1000, callsPerSecond: 100000, mibPerSecond: 1024 }
tenants: { acme: {} }
`;
const deployment = await bringUp(planTopology(parseTopology(topology)), { stateRoot: root });
const read = (file) => readFile(path.join(deployment.stateDirectory, file), 'utf8');
const replica = JSON.parse(await read('pool/0/endpoint.json'));
const gateway = JSON.parse(await read('gateway/endpoint.json'));
const WAYS = {
  direct: { port: replica.port, token: await read('pool/0/secrets/connection-token') },
  gateway: { port: gateway.port, token: await read('gateway/tokens/acme.a') },
};
const options = {
  model: STAND_IN_MODEL,
  provider: { type: 'openai', baseUrl: `http://127.0.0.1:${replica.standInPort}/v1`, apiKey: 'key' },
  availableTools: [],
  streaming: true,
};

try {
  await raw();
  await sdk();
  console.log(`\nresident memory of the gateway at the end: ${(await rss(gateway.pid)).toFixed(0)} MiB`);
} finally {
  await deployment.stop();
  await rm(root, { recursive: true });
}

/** Latency that the gateway itself adds: clients without Nagle, in turn with direct ones. */
async function raw() {
  const samples = Object.fromEntries(
    Object.keys(WAYS).map((way) => [way, { ping: [], turn: [], chunk: [] }]),
  );
  const clients = Object.fromEntries(
    await Promise.all(Object.entries(WAYS).map(async ([way, to]) => [way, await rawClient(to)])),
  );
  for (const [way, client] of Object.entries(clients)) {
    await client.call('session.create', { ...options, sessionId: `raw-${way}` });
  }
  for (let round = 0; round < Number(rounds); round++) {
    for (const [way, client] of Object.entries(clients)) {
      for (let n = 0; n < PINGS; n++) samples[way].ping.push(await timed(() => client.call('ping', {})));
      for (let n = 0; n < 20; n++) {
        samples[way].turn.push(await timed(() => client.turn(`raw-${way}`, 'hello')));
      }
      const prompt = directive({ stream: { chunks: CHUNKS, intervalMs: 0 } });
      const took = await timed(() => client.turn(`raw-${way}`, prompt));
      samples[way].chunk.push(took / CHUNKS);
    }
  }
  console.log(`${os.cpus().length} cores, Node.js ${process.version}, ${rounds} rounds, one client\n`);
  console.log('| ms | direct p50 | gateway p50 | added | direct p99 | gateway p99 |');
  console.log('| --- | ---: | ---: | ---: | ---: | ---: |');
  for (const [what, name] of [
    ['ping', 'call (ping)'],
    ['turn', 'turn'],
    ['chunk', 'chunk of a stream'],
  ]) {
    const [d, g] = [samples.direct[what], samples.gateway[what]];
    const cells = [at(d, 0.5), at(g, 0.5), at(g, 0.5) - at(d, 0.5), at(d, 0.99), at(g, 0.99)];
    console.log(`| ${name} | ${cells.map((cell) => cell.toFixed(2)).join(' | ')} |`);
  }
  for (const client of Object.values(clients)) client.close();
}

/** What an application sees: unchanged SDK clients. */
async function sdk() {
  console.log(
    '\n| SDK clients | | ping p50 ms | turn p50 ms | turns/s | CPU gateway ms/turn | CPU runtime ms/turn |',
  );
  console.log('| ---: | --- | ---: | ---: | ---: | ---: | ---: |');
  for (const size of sizes.split(',').map(Number)) {
    const results = Object.fromEntries(Object.keys(WAYS).map((way) => [way, []]));
    for (let round = 0; round < Number(rounds); round++) {
      for (const way of Object.keys(WAYS)) results[way].push(await sdkRound(way, size, round));
    }
    for (const way of Object.keys(WAYS)) {
      const median = (key) =>
        at(
          results[way].map((result) => result[key]),
          0.5,
        );
      const cells = ['ping', 'turn', 'rate', 'gatewayCpu', 'runtimeCpu'].map((key) => median(key).toFixed(1));
      console.log(`| ${size} | ${way} | ${cells.join(' | ')} |`);
    }
  }
}

async function sdkRound(way, size, round) {
  const { port, token } = WAYS[way];
  const clients = await Promise.all(
    Array.from({ length: size }, async () => {
      const connection = RuntimeConnection.forUri(`127.0.0.1:${port}`, { connectionToken: token });
      const client = new CopilotClient({ mode: 'empty', connection });
      await client.start();
      return client;
    }),
  );
  const sessions = await Promise.all(
    clients.map((client, n) =>
      client.createSession({
        ...options,
        sessionId: `${way}-${size}-${round}-${n}`,
        onPermissionRequest: () => ({ kind: 'reject' }),
      }),
    ),
  );
  const pings = [];
  for (let n = 0; n < 20; n++) pings.push(await timed(() => clients[0].ping('x')));
  const turns = [];
  const each = Math.max(2, Math.ceil(TURNS / size / (size === 1 ? 4 : 1)));
  const cpu = [await cpuOf(gateway.pid), await cpuOfRuntime()];
  const took = await timed(() =>
    Promise.all(
      sessions.map(async (session) => {
        for (let n = 0; n < each; n++) {
          turns.push(await timed(() => session.sendAndWait({ prompt: 'hello' }, 60_000)));
        }
      }),
    ),
  );
  const count = each * size;
  const gatewayCpu = ((await cpuOf(gateway.pid)) - cpu[0]) / count;
  const runtimeCpu = ((await cpuOfRuntime()) - cpu[1]) / count;
  for (const [n, client] of clients.entries()) {
    await client.deleteSession(sessions[n].sessionId);
    await client.stop();
  }
  return { ping: at(pings, 0.5), turn: at(turns, 0.5), rate: (count / took) * 1000, gatewayCpu, runtimeCpu };
}

async function rawClient({ port, token }) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const pending = new Map();
  let next = 0;
  let onIdle;
  const reader = new FrameReader(
    () => 1 << 30,
    (body) => {
      const { id, method, params, ...answer } = JSON.parse(body.toString());
      if (method === undefined) {
        pending.get(id)?.(answer);
        pending.delete(id);
      } else if (params?.event?.type === 'session.idle') onIdle?.();
    },
  );
  socket.on('data', (chunk) => {
    reader.push(chunk);
    // So that the runtime's own Nagle delay, which the gateway takes away, is not counted against going direct.
    socket.write(NUDGE);
  });
  const call = (method, params) =>
    new Promise((resolve) => {
      pending.set(++next, resolve);
      socket.write(encode({ id: next, method, params }));
    });
  await call('connect', { token });
  const turn = async (sessionId, prompt) => {
    const idle = new Promise((resolve) => (onIdle = resolve));
    await call('session.send', { sessionId, prompt });
    await idle;
  };
  return { call, turn, close: () => socket.destroy() };
}

async function timed(action) {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}

function at(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** CPU time that a process has used, in milliseconds; the clock of proc(5) ticks 100 times a second. */
async function cpuOf(pid) {
  const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function cpuOfRuntime() {
  const [child] = (await readFile(`/proc/${replica.pid}/task/${replica.pid}/children`, 'utf8')).split(' ');
  return cpuOf(child);
}

async function rss(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}
