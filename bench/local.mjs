/**
 * Time from `up` to ready, and resident memory of a dedicated runtime with its host, for 1, 10 and 50 runtimes and
 * both binaries, in turn. Needs `npm run build`; `npm run bench` does both.
 *
 * Usage: node bench/local.mjs [sizes, e.g. 1,10,50] [rounds]
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';

import { bringUp } from '../dist/local/index.js';
import { parseTopology, planTopology } from '../dist/topology/index.js';

const BINARIES = ['native', 'cli'];
const [sizes = '1,10,50', rounds = '3'] = process.argv.slice(2);

const rows = [];
for (const size of sizes.split(',').map(Number)) {
  const samples = Object.fromEntries(BINARIES.map((binary) => [binary, []]));
  // Alternating, so that whatever else the machine does meets both.
  for (let round = 0; round < Number(rounds); round++) {
    for (const binary of BINARIES) samples[binary].push(await measure(binary, size));
  }
  const [native, cli] = BINARIES.map((binary) => medians(samples[binary]));
  rows.push({ size, native, cli });
}
print(rows);

async function measure(binary, size) {
  const root = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-bench-'));
  const plan = planTopology(parseTopology(topology(binary, size)));
  const begun = performance.now();
  const deployment = await bringUp(plan, { stateRoot: root, readyTimeoutMs: 300_000 });
  try {
    const readyMs = performance.now() - begun;
    const parts = { host: 0, runtime: 0 };
    for (const planned of plan.runtimes) {
      const { pid } = JSON.parse(
        await readFile(path.join(deployment.stateDirectory, planned.id, 'endpoint.json'), 'utf8'),
      );
      parts.host += await memory(pid);
      for (const child of await descendants(pid)) parts.runtime += await memory(child);
    }
    return { readyMs, host: parts.host / size, runtime: parts.runtime / size };
  } finally {
    await deployment.stop();
    await rm(root, { recursive: true });
  }
}

function topology(binary, size) {
  const tenants = Array.from({ length: size }, (_, n) => `  t${n}: {}`).join('\n');
  return `name: bench
platform: local
pattern: isolated
runtime: { integrationId: bench, binary: ${binary} }
tenants:
${tenants}
`;
}

/** Proportional set size in MiB: pages that several processes share count once in all. */
async function memory(pid) {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
}

async function descendants(pid) {
  const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8'))
    .trim()
    .split(' ')
    .filter(Boolean);
  return (await Promise.all(children.map(async (child) => [child, ...(await descendants(child))]))).flat();
}

function medians(samples) {
  const median = (key) => samples.map((sample) => sample[key]).sort((a, b) => a - b)[samples.length >> 1];
  return { readyMs: median('readyMs'), host: median('host'), runtime: median('runtime') };
}

function print(results) {
  const figure = ({ readyMs, host, runtime }) =>
    `${(readyMs / 1000).toFixed(1)} s | ${host.toFixed(0)} + ${runtime.toFixed(0)} MiB`;
  console.log(`${os.cpus().length} cores, Node.js ${process.version}, median of ${rounds}\n`);
  console.log(
    '| runtimes | native: ready | host + runtime, each | cli: ready | host + runtime, each | ready, cli : native | memory, cli : native |',
  );
  console.log('| ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const { size, native, cli } of results) {
    const ready = (cli.readyMs / native.readyMs).toFixed(1);
    const memory = ((cli.host + cli.runtime) / (native.host + native.runtime)).toFixed(1);
    console.log(`| ${size} | ${figure(native)} | ${figure(cli)} | ${ready} | ${memory} |`);
  }
}
