// Runs scripts of package.json at the same time, shows what each printed when it has ended, and fails when one of them does.
import { spawn } from 'node:child_process';

/** @param {string} script */
function run(script) {
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '--silent', script], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.on('close', (code) => {
      process.stdout.write(output);
      if (code !== 0) process.stdout.write(`${script} failed\n`);
      resolve(code === 0);
    });
  });
}

const passed = await Promise.all(process.argv.slice(2).map(run));
process.exitCode = passed.every(Boolean) ? 0 : 1;
