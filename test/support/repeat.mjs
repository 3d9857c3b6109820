/**
 * Runs the smoke suite (real runtimes, started and ended each time) or the project's own tests several times in a row,
 * and says how often all was well.
 *
 * Usage: npm run repeat smoke [times] [topology]
 *        npm run repeat jest [times] [arguments of jest]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [what = 'smoke', times = '20', ...rest] = process.argv.slice(2);
const directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-repeat-'));
const run = { smoke, jest }[what];
if (!run) {
  console.error(`"${what}" can not be repeated: smoke or jest`);
  process.exit(2);
}

let green = 0;
try {
  for (let round = 1; round <= Number(times); round++) {
    const begun = performance.now();
    const { ok, counts } = run();
    if (ok) green++;
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    console.log(`run ${round}: ${ok ? 'green' : 'RED'}, ${counts} in ${seconds} s`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
console.log(`${green} of ${times} runs green`);
process.exitCode = green === Number(times) ? 0 : 1;

function smoke() {
  const report = path.join(directory, 'report');
  const { status } = start('node', ['dist/cli/main.js', 'up', ...rest, '--report', report]);
  const { counts } = JSON.parse(readFileSync(path.join(report, 'report.json'), 'utf8'));
  const text = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
  return { ok: status === 0, counts: text.join(', ') };
}

function jest() {
  const summary = path.join(directory, 'summary');
  const { status } = start('npm', ['run', '--silent', 'jest', '--', ...rest], { JEST_SUMMARY: summary });
  return { ok: status === 0, counts: readFileSync(summary, 'utf8').trim() };
}

function start(command, args, env = {}) {
  return spawnSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
