import { existsSync, mkdirSync, readdirSync, utimesSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import type { SessionsRow } from '../../cli/sessions.js';
import { bringUp } from '../../local/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { ask, clientOf, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';

const RUNTIME = 'tenant/acme';

/** A running deployment with a session in use, one that was used of late and one that expired, all an hour old or more. */
async function deploymentWithSessions() {
  const cwd = temporaryDirectory();
  const deployment = await bringUp(planOf(), { stateRoot: cwd });
  afterTest(() => deployment.stop());
  const state = deployment.stateDirectory;
  const client = await clientOf(state, RUNTIME);
  const sessions = path.join(state, RUNTIME, 'home/session-state');
  for (const [id, hours] of [
    ['in-use', 200],
    ['used', 1],
    ['expired', 200],
  ] as const) {
    const session = await client.createSession({ sessionId: id, ...sessionConfig(state, RUNTIME) });
    await ask(session, { reply: 'hello' });
    if (id !== 'in-use') await session.disconnect();
    const then = Date.now() / 1000 - hours * 3600;
    for (const name of ['events.jsonl', '.']) utimesSync(path.join(sessions, id, name), then, then);
  }
  // What is only being restored is nobody's session yet, however long that has been.
  const unfinished = path.join(sessions, '.restore-acme.x');
  mkdirSync(unfinished);
  utimesSync(unfinished, 0, 0);
  const run = (...args: string[]) =>
    runCli(['sessions', '--manifest', deployment.manifestFile, ...args], { cwd });
  return { run, sessions, deployment };
}

describe('the command sessions', () => {
  it('counts sessions, names the expired ones, and deletes them and no others', async () => {
    const { run, sessions } = await deploymentWithSessions();
    const counted = await run();
    expect(counted).toMatchObject({ code: 0, stderr: '' });
    expect(counted.stdout).toMatch(/tenant\/acme +3 +1 +0 +8 d/);
    expect(counted.stdout).toContain('1 expired session: "--expired" deletes');

    const tried = await run('--expired', '--dry-run');
    expect(tried).toMatchObject({ code: 0 });
    expect(tried.stdout).toMatch(/^tenant\/acme {2}expired$/m);
    expect(existsSync(path.join(sessions, 'expired'))).toBe(true);

    const older = await run('--older-than', '500', '--json');
    expect(JSON.parse(older.stdout) as SessionsRow[]).toMatchObject([{ sessions: 3, expired: [] }]);

    const deleted = await run('--expired', '--json');
    expect(JSON.parse(deleted.stdout) as SessionsRow[]).toMatchObject([
      { runtime: RUNTIME, sessions: 2, expired: ['expired'], deleted: 1 },
    ]);
    expect(readdirSync(sessions).sort()).toEqual([
      '.restore-acme.x',
      'copilot-runtimes-health',
      'in-use',
      'used',
    ]);
  });

  it('says what is wrong, and what to do', async () => {
    const cwd = temporaryDirectory();
    const deployment = await bringUp(planOf(), { stateRoot: cwd });
    await deployment.stop();
    const run = (...args: string[]) => runCli(['sessions', '--manifest', ...args], { cwd });
    await expect(run(deployment.manifestFile)).resolves.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'tenant/acme is not running: start it with "copilot-runtimes up --keep"',
      ),
    });
    await expect(run(deployment.manifestFile, '--dry-run')).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--dry-run tries --expired: add it'),
    });
    await expect(run(deployment.manifestFile, '--older-than', '0')).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('a whole number of hours'),
    });
  });
});
