import { readdirSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { temporaryDirectory } from '../support/cleanup.js';
import { CliRun, runCli, type CliOptions } from '../support/cli.js';
import { listing } from '../support/files.js';
import { environmentOf, processesOf, runtimePid } from '../support/processes.js';
import { endpointOf } from '../support/runtime-client.js';
import { writeTopology } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

/** A deployment of one runtime that another process keeps up. */
async function kept() {
  const cwd = temporaryDirectory();
  const run = new CliRun(['up', writeTopology(cwd), '--no-smoke', '--keep', '--state', '.'], { cwd });
  await run.said('running until Ctrl-C');
  const state = path.join(cwd, 'tiny');
  const options: CliOptions = { cwd };
  const smoke = (...args: string[]) =>
    runCli(['smoke', '--manifest', 'tiny/manifest.json', ...args], options);
  const sessions = () => readdirSync(path.join(state, 'tenant/acme/home/session-state'));
  return { cwd, run, state, smoke, sessions };
}

describe('smoke', () => {
  it('passes against a deployment that another process keeps up, and leaves no session there', async () => {
    const { cwd, run, smoke, sessions } = await kept();
    const { code, stdout, stderr } = await smoke('--report', 'deep/reports');
    expect(stdout).toContain('✔ Passed');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toContain('\u001B[');
    expect(listing(path.join(cwd, 'deep/reports'))).toEqual(['junit.xml', 'report.html', 'report.json']);
    expect(sessions().filter((id) => id.startsWith('smoke-'))).toEqual([]);
    // The check that restarts the runtime has run, and the deployment has got over it.
    expect(run.stdout).toMatch(/tenant\/acme died .*: it is started again\n✔ tenant\/acme ready/);

    const twoAtOnce = await Promise.all([smoke('--undisturbed'), smoke('--undisturbed')]);
    expect(twoAtOnce.map((result) => result.code)).toEqual([0, 0]);

    const [lenient, strict] = await Promise.all([
      smoke('--only', 'reachable,idle-session-ends'),
      smoke('--only', 'reachable,idle-session-ends', '--strict'),
    ]);
    expect([lenient.code, strict.code]).toEqual([0, 1]);

    expect(await smoke('--tenant', 'acme', '--only', 'reachable')).toMatchObject({ code: 0 });
    expect(await smoke('--tenant', 'acne')).toMatchObject({
      code: 2,
      stderr: 'error --tenant: no tenant is called acne: known are acme\n',
    });
  });

  it('is ended by Ctrl-C, deletes its sessions and leaves the deployment alone', async () => {
    const { cwd, sessions } = await kept();
    const before = processesOf(cwd);
    const run = new CliRun(['smoke', '--manifest', 'tiny/manifest.json', '--report', 'reports'], { cwd });
    await waitFor('a session of the suite', () => sessions().some((id) => id.startsWith('smoke-')));
    run.signal('SIGINT');
    const { code, stderr } = await run.ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: 'interrupted by SIGINT\n' });
    expect(sessions().filter((id) => id.startsWith('smoke-'))).toEqual([]);
    expect(processesOf(cwd)).toEqual(before);
  });

  it('fails in time when a runtime is killed in the middle of a turn', async () => {
    const { cwd, run, state } = await kept();
    const host = endpointOf(state, 'tenant/acme')!.pid;
    const runtime = runtimePid(cwd, 'tenant/acme')!;
    expect(environmentOf(host).COPILOT_CONNECTION_TOKEN).toBeUndefined();
    // The stand-in model lives in the host: while that is stopped, a turn gets no answer.
    process.kill(host, 'SIGSTOP');
    const suite = new CliRun(['smoke', '--manifest', 'tiny/manifest.json', '--only', 'model-without-host'], {
      cwd,
    });
    const home = path.join(state, 'tenant/acme/home');
    await waitFor('the turn to begin', () => listing(home).some((file) => file.endsWith('events.jsonl')));
    process.kill(runtime, 'SIGKILL');
    process.kill(host, 'SIGCONT');
    const { code, stdout, stderr } = await suite.ended;
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/✘ model-without-host/);
    await run.said('it is started again');
    expect((await run.end()).code).toBe(0);
    expect(processesOf(cwd)).toEqual([]);
  });
});
