/**
 * Runs jest several times in a row and says how often it passed: the proof that the tests are reliable.
 *
 * Usage: npm run repeat [times] [arguments of jest]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const [times = '20', ...args] = process.argv.slice(2);
const directory = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-repeat-'));
const summary = path.join(directory, 'summary');
let green = 0;
try {
  for (let run = 1; run <= Number(times); run++) {
    const begun = performance.now();
    const { status } = spawnSync('npm', ['run', '--silent', 'jest', '--', ...args], {
      env: { ...process.env, JEST_SUMMARY: summary },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (status === 0) green++;
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    console.log(`run ${run}: ${readFileSync(summary, 'utf8').trim()} in ${seconds} s`);
  }
} finally {
  rmSync(directory, { recursive: true });
}
console.log(`${green} of ${times} runs green`);
process.exitCode = green === Number(times) ? 0 : 1;
