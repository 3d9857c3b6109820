import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { temporaryDirectory } from '../support/cleanup.js';
import { CliRun, runCli } from '../support/cli.js';
import { listing } from '../support/files.js';
import { isRunning, processesOf } from '../support/processes.js';
import { HYBRID, writeTopology, type Overrides } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

const SUSPENDED = { tenants: { acme: { state: 'suspended' } } };

/** A directory with a topology, and `up` in it; the state lies in it too. */
function up(args: readonly string[], overrides: Overrides = {}, cwd = temporaryDirectory()) {
  writeTopology(cwd, overrides);
  return { cwd, run: new CliRun(['up', ...args], { cwd }) };
}

describe('up', () => {
  it('proves the topology, writes the reports and ends everything', async () => {
    const { cwd, run } = up(['--undisturbed', '--report', 'new/reports'], HYBRID);
    const { code, stdout, stderr } = await run.ended;
    expect(stdout).toContain('✔ Passed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\u001B[');
    // --undisturbed leaves out what restarts a runtime.
    expect(stdout).not.toContain('died');
    expect(stdout).toContain('report: new/reports/report.html');
    expect(stdout).toContain(`2 runtimes ended; state is kept in ${cwd}/.copilot-runtimes/tiny\n`);
    expect(listing(path.join(cwd, 'new/reports'))).toEqual(['junit.xml', 'report.html', 'report.json']);
    expect(processesOf(cwd)).toEqual([]);
    // No token is in what was printed or written.
    const state = path.join(cwd, '.copilot-runtimes/tiny');
    for (const id of ['tenant/acme', 'pool/0']) {
      const token = readFileSync(path.join(state, id, 'secrets/connection-token'), 'utf8');
      const places = ['junit.xml', 'report.html', 'report.json'].map((name) =>
        readFileSync(path.join(cwd, 'new/reports', name), 'utf8'),
      );
      for (const text of [stdout, ...places]) expect(text).not.toContain(token);
    }
  });

  it('starts only, with --no-smoke', async () => {
    const { cwd, run } = up(['--no-smoke']);
    const { code, stdout } = await run.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/✔ tenant\/acme ready in \d+ ms\nready in [\d.]+ s\n/);
    expect(stdout).not.toContain('checking');
    expect(listing(cwd)).not.toContain('reports');
    expect(processesOf(cwd)).toEqual([]);
  });

  it('is refused while another one runs, which goes on unharmed', async () => {
    const { cwd, run } = up(['--no-smoke', '--keep']);
    await run.said('running until Ctrl-C');
    const before = processesOf(cwd);
    const second = await runCli(['up', '--no-smoke'], { cwd });
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(
      new RegExp(
        `^error .*/tiny is in use by process ${run.pid} \\(topology\\.yaml, since \\d{4}-.*\\): stop that run`,
      ),
    );
    expect(second.stderr).not.toContain('mistake in copilot-runtimes');
    expect(processesOf(cwd)).toEqual(before);
    expect(await run.end()).toMatchObject({ code: 0, stderr: '' });
    expect((await runCli(['up', '--no-smoke'], { cwd })).code).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stays with --keep until %s', async (signal) => {
    const { cwd, run } = up(['--no-smoke', '--keep'], signal === 'SIGINT' ? {} : SUSPENDED);
    await run.said('running until Ctrl-C');
    run.signal(signal);
    expect(await run.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    expect(processesOf(cwd)).toEqual([]);
    expect(existsSync(path.join(cwd, '.copilot-runtimes/tiny/owner.json'))).toBe(false);
  });

  it('remembers with --keep that the proof has failed', async () => {
    const { run } = up(['--keep', '--strict', '--only', 'reachable,idle-session-ends']);
    await run.said('running until Ctrl-C');
    expect(await run.end()).toMatchObject({ code: 1, stderr: '' });
  });

  it('says that a runtime keeps dying, and remembers it', async () => {
    const { cwd, run } = up(['--no-smoke', '--keep']);
    await run.said('running until Ctrl-C');
    // The host refuses to start with such a token.
    writeFileSync(path.join(cwd, '.copilot-runtimes/tiny/tenant/acme/secrets/connection-token'), 'short');
    processesOf(cwd).forEach((pid) => process.kill(pid, 'SIGKILL'));
    await run.said('tenant/acme keeps dying');
    expect(run.stdout).toMatch(/✘ tenant\/acme keeps dying \(.*: see its log, then run up again/s);
    expect(run.stdout.match(/it is started again/g)).toHaveLength(5);
    expect(await run.end()).toMatchObject({ code: 1, stderr: '' });
  });

  it('is ended by Ctrl-C during the start', async () => {
    const { cwd, run } = up([], HYBRID);
    await waitFor('the first host', () => processesOf(cwd).length > 0);
    run.signal('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'interrupted by SIGINT\n' });
    expect(stdout).not.toContain('checking');
    expect(processesOf(cwd)).toEqual([]);
  });

  it('is ended by Ctrl-C during the suite, also when npm passes it on once more', async () => {
    const { cwd, run } = up([]);
    await run.said('checking 1/');
    run.signal('SIGINT');
    await new Promise((resolve) => setImmediate(resolve));
    run.signal('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'interrupted by SIGINT\n' });
    expect(stdout).toContain('1 runtime ended; state is kept in');
    expect(processesOf(cwd)).toEqual([]);
    expect(listing(path.join(cwd, '.copilot-runtimes/tiny/tenant/acme/home')).join()).not.toContain('smoke-');
  });

  it('gives way to a second Ctrl-C, and the runtimes end all the same', async () => {
    const { cwd, run } = up(['--no-smoke', '--keep']);
    await run.said('running until Ctrl-C');
    const pids = processesOf(cwd);
    // A host that does not answer keeps the first one waiting.
    pids.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    run.signal('SIGINT');
    await waitFor('a while to pass after the first', async () => {
      run.signal('SIGINT');
      return !isRunning(run.pid);
    });
    expect(await run.ended).toMatchObject({ code: null, signal: 'SIGINT' });
    pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
    await waitFor('hosts and runtimes to end', () => processesOf(cwd).length === 0);
  });

  it('survives what the SDK lets escape of a broken socket, and dies of anything else', async () => {
    const cwd = temporaryDirectory();
    const hook = path.join(cwd, 'hook.mjs');
    writeFileSync(
      hook,
      `process.on('SIGUSR2', () => { throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }); });
       process.on('SIGWINCH', () => { Promise.reject(new Error('out of order')); });`,
    );
    const file = writeTopology(cwd);
    const env = { NODE_OPTIONS: `--import=${hook}` };
    const run = new CliRun(['up', file, '--no-smoke', '--keep'], { cwd, env });
    await run.said('running until Ctrl-C');
    run.signal('SIGUSR2');
    // It still looks after its runtimes.
    const [pid] = processesOf(cwd);
    process.kill(pid!, 'SIGKILL');
    await run.said('it is started again');
    run.signal('SIGWINCH');
    const { code, stderr } = await run.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error out of order\nthis is a mistake in copilot-runtimes: run again with DEBUG=1/,
    );
    expect(stderr).not.toMatch(/\n\s+at /);
    await waitFor('hosts and runtimes to end', () => processesOf(cwd).length === 0);
  });

  it('goes on when nobody reads its output any more', async () => {
    const { cwd, run } = up(['--no-smoke', '--keep']);
    await run.said('running until Ctrl-C');
    run.stopReading();
    const [pid] = processesOf(cwd);
    process.kill(pid!, 'SIGKILL');
    await waitFor('the restart', () => processesOf(cwd).length === 2 && !processesOf(cwd).includes(pid!));
    run.signal('SIGTERM');
    expect(await run.ended).toMatchObject({ code: 0, signal: null });
    expect(processesOf(cwd)).toEqual([]);
  });
});
