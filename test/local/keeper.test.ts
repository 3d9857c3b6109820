import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { bringUp, type DeploymentEvent, type Launch, type UpOptions } from '../../local/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { isRunning, processesOf, runtimePid } from '../support/processes.js';
import { endpointOf, tokenOf } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

const ACME = 'tenant/acme';

/** A deployment of one runtime, and what was said of it. */
async function keep(options: UpOptions = {}) {
  const root = temporaryDirectory();
  const events: DeploymentEvent[] = [];
  const deployment = await bringUp(planOf(), {
    stateRoot: root,
    onEvent: (event) => events.push(event),
    ...options,
  });
  afterTest(() => deployment.stop());
  const seen = (type: DeploymentEvent['type']) => events.filter((event) => event.type === type);
  return { root, state: deployment.stateDirectory, deployment, events, seen };
}

/**
 * A program in place of the host, which says that it is ready: the first time it stays until it is killed, later it
 * does as the script says.
 */
function fakeHost(later: string): { adaptLaunch: (launch: Launch) => Launch; starts: string } {
  const directory = temporaryDirectory();
  const program = path.join(directory, 'host.mjs');
  const starts = path.join(directory, 'starts');
  writeFileSync(
    program,
    `import { appendFileSync, existsSync } from 'node:fs';
     process.once('disconnect', () => process.exit());
     const first = !existsSync(${JSON.stringify(starts)});
     appendFileSync(${JSON.stringify(starts)}, Date.now() + '\\n');
     process.send({ type: 'listening', runtimePid: process.pid, port: 1, healthPort: 2 });
     process.send({ type: 'ready' }, () => { if (!first) { ${later} } });`,
  );
  return { starts, adaptLaunch: (launch) => ({ ...launch, args: [program] }) };
}

const STAYS = '';
const ENDS_AT_ONCE = 'process.exit(7)';
const kill = (state: string) => process.kill(endpointOf(state, ACME)!.pid, 'SIGKILL');

describe('a runtime that dies', () => {
  it('comes back with the same token, whether the runtime or its host was killed', async () => {
    const { root, state, seen } = await keep();
    const token = tokenOf(state, ACME);

    const runtime = runtimePid(root, ACME)!;
    process.kill(runtime, 'SIGKILL');
    await waitFor('the first restart', () => seen('ready').length === 2);
    expect(seen('died')).toMatchObject([{ reason: expect.stringContaining('SIGKILL'), again: true }]);
    const second = runtimePid(root, ACME)!;
    expect(second).not.toBe(runtime);

    const host = endpointOf(state, ACME)!.pid;
    process.kill(host, 'SIGKILL');
    await waitFor('the second restart', () => seen('ready').length === 3);
    expect(seen('died')[1]).toMatchObject({ reason: 'the host was ended by SIGKILL' });
    // The runtime of a host that was killed goes with it: nobody would look after it.
    await waitFor('the runtime to end', () => !isRunning(second));
    expect(processesOf(root)).toHaveLength(2);
    expect(tokenOf(state, ACME)).toBe(token);
  });

  it('is started again with growing pauses, then given up, and has no endpoint any more', async () => {
    const { adaptLaunch, starts } = fakeHost(ENDS_AT_ONCE);
    const { state, seen } = await keep({ adaptLaunch, keeper: { restarts: 3, backoffMs: 100 } });
    kill(state);
    await waitFor('the end of patience', () => seen('gave-up').length === 1);
    expect(seen('gave-up')).toMatchObject([{ runtime: ACME, reason: 'the host ended with exit code 7' }]);
    expect(seen('died').map((event) => event.type === 'died' && event.again)).toEqual([
      true,
      true,
      true,
      false,
    ]);
    const times = readFileSync(starts, 'utf8').trim().split('\n').map(Number);
    const pauses = times.slice(1).map((time, at) => time - times[at]!);
    expect(pauses).toHaveLength(3);
    // Timers may be a little early.
    [100, 200, 400].forEach((least, at) => expect(pauses[at]).toBeGreaterThanOrEqual(least - 5));
    expect(endpointOf(state, ACME)).toBeUndefined();
  });

  it.each([
    ['has a new budget', 0, 'ready'],
    ['has none', 60_000, 'gave-up'],
  ] as const)('%s when it was ready for %i ms or more', async (_, stableMs, then) => {
    const { adaptLaunch } = fakeHost(STAYS);
    const { state, seen } = await keep({ adaptLaunch, keeper: { restarts: 0, stableMs } });
    const before = seen(then).length;
    kill(state);
    await waitFor(then, () => seen(then).length > before);
    expect(seen('died')).toMatchObject([{ again: then === 'ready' }]);
  });

  it('is given up when there is no place for it any more', async () => {
    const { adaptLaunch } = fakeHost(STAYS);
    const { state, seen } = await keep({ adaptLaunch, keeper: { restarts: 1, backoffMs: 1 } });
    const { pid } = endpointOf(state, ACME)!;
    const directory = path.join(state, ACME);
    renameSync(directory, `${directory}-away`);
    writeFileSync(directory, 'in the way');
    process.kill(pid, 'SIGKILL');
    await waitFor('the end of patience', () => seen('gave-up').length === 1);
    expect(seen('gave-up')).toMatchObject([{ reason: expect.stringMatching(/ENOTDIR/) }]);
  });
});

describe('a deployment that is ended', () => {
  it('does not wait out the pause before a restart', async () => {
    const { adaptLaunch } = fakeHost(STAYS);
    const { deployment, state, seen } = await keep({ adaptLaunch, keeper: { backoffMs: 60_000 } });
    kill(state);
    await waitFor('the death', () => seen('died').length === 1);
    const begun = Date.now();
    await deployment.stop();
    expect(Date.now() - begun).toBeLessThan(5000);
    expect(seen('gave-up')).toEqual([]);
  });

  it('ends a runtime that is just being started again', async () => {
    const { root, deployment, seen } = await keep({ keeper: { backoffMs: 1 } });
    const first = runtimePid(root, ACME)!;
    process.kill(first, 'SIGKILL');
    await waitFor('the next host', () => seen('died').length === 1 && processesOf(root).length > 0);
    await deployment.stop();
    expect(processesOf(root)).toEqual([]);
    expect(seen('ready')).toHaveLength(1);
  });
});
