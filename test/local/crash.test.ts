import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { bringUp, type DeploymentEvent } from '../../local/index.js';
import type { RuntimeId } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { CliRun } from '../support/cli.js';
import { isRunning, processesOf, runtimePid, stateOf } from '../support/processes.js';
import { ask, clientOf, endpointOf, sessionConfig } from '../support/runtime-client.js';
import { planOf, writeTopology, type Overrides } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

/** A run of the program, so that its supervisor can be killed. */
async function upAndKept(directory: string, overrides: Overrides = {}) {
  const root = path.join(directory, 'state');
  const run = new CliRun(
    ['up', writeTopology(directory, overrides), '--no-smoke', '--keep', '--state', root],
    {
      cwd: directory,
    },
  );
  await run.said('running until Ctrl-C');
  // Whatever a failed test leaves has no parent that would end it.
  afterTest(() => processesOf(root).forEach((pid) => process.kill(pid, 'SIGKILL')));
  return { run, root, state: path.join(root, 'tiny') };
}

async function upAgain(root: string, overrides: Overrides = {}) {
  const events: DeploymentEvent[] = [];
  const deployment = await bringUp(planOf(overrides), {
    stateRoot: root,
    onEvent: (event) => events.push(event),
  });
  afterTest(() => deployment.stop());
  return events;
}

describe('a run whose supervisor is killed', () => {
  it('ends by itself, and its directory is taken over', async () => {
    const { run, root, state } = await upAndKept(temporaryDirectory());
    const pids = processesOf(root);
    expect(pids).toHaveLength(2);
    run.signal('SIGKILL');
    await run.ended;
    await waitFor('host and runtime to end', () => !pids.some(isRunning));
    expect(existsSync(path.join(state, 'owner.json'))).toBe(true);

    expect((await upAgain(root)).map(({ type }) => type)).toEqual(['ready']);
    await expect((await clientOf(state, 'tenant/acme')).ping('hi')).resolves.toBeDefined();
  });
});

describe('a run whose supervisor and hosts are killed', () => {
  /** Stops the supervisor first, for it would end the runtime of a host that it sees die. */
  async function killAllButRuntimes(run: CliRun, state: string, ids: readonly RuntimeId[]): Promise<void> {
    run.signal('SIGSTOP');
    await waitFor('it to be stopped', () => stateOf(run.pid) === 'T');
    const hosts = ids.map((id) => endpointOf(state, id)!.pid);
    hosts.forEach((pid) => process.kill(pid, 'SIGKILL'));
    run.signal('SIGKILL');
    await run.ended;
    await waitFor('the hosts to be gone', () => !hosts.some(isRunning));
  }

  it('leaves runtimes, which the next run ends before it starts others or purges their state', async () => {
    const ids = ['tenant/acme', 'tenant/globex'] as const;
    const { run, root, state } = await upAndKept(temporaryDirectory(), { tenants: { acme: {}, globex: {} } });
    const client = await clientOf(state, 'tenant/acme');
    const session = await client.createSession({ ...sessionConfig(state, 'tenant/acme'), sessionId: 'kept' });
    await ask(session, { reply: 'noted' });
    await client.forceStop();
    const strays = ids.map((id) => runtimePid(root, id)!);
    // Stopped, so that they cannot end by themselves when they find nobody to read what they print.
    strays.forEach((pid) => process.kill(pid, 'SIGSTOP'));
    await killAllButRuntimes(run, state, ids);
    expect(processesOf(root).sort()).toEqual([...strays].sort());

    const events = await upAgain(root, { purge: ['globex'] });
    expect(events.slice(0, 3)).toEqual([
      { type: 'cleaned-up', runtime: 'tenant/acme' },
      { type: 'cleaned-up', runtime: 'tenant/globex' },
      { type: 'purged', item: 'globex' },
    ]);
    expect(strays.filter(isRunning)).toEqual([]);
    expect(existsSync(path.join(state, 'tenant/globex'))).toBe(false);
    const again = await clientOf(state, 'tenant/acme');
    await expect(again.resumeSession('kept', sessionConfig(state, 'tenant/acme'))).resolves.toBeDefined();
  });

  it('does not take another program for a runtime that got the same group number', async () => {
    const directory = temporaryDirectory();
    const foreign = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    afterTest(async () => {
      foreign.kill('SIGKILL');
      await once(foreign, 'exit');
    });
    const { run, root, state } = await upAndKept(directory);
    const group = path.join(state, 'tenant/acme/group');
    expect(readFileSync(group, 'utf8')).toBe(`${endpointOf(state, 'tenant/acme')!.pid}\n`);
    const pids = processesOf(root);
    run.signal('SIGKILL');
    await run.ended;
    await waitFor('host and runtime to end', () => !pids.some(isRunning));
    writeFileSync(group, `${foreign.pid}\n`);

    expect((await upAgain(root)).map(({ type }) => type)).toEqual(['ready']);
    expect(isRunning(foreign.pid!)).toBe(true);
  });
});
