import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { SessionsRow } from '../../cli/sessions.js';
import { bringUp } from '../../local/index.js';
import { directive } from '../../topology/stand-in.js';
import { CliRun, runCli } from '../support/cli.js';
import { ask, clientOf, sessionConfig } from '../support/runtime-client.js';
import { planOf } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

import { cli, deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { inRuntimePod } from './harness/exec.js';
import { GatewayAccess } from './harness/gateway.js';
import { namespaceOf } from './harness/observed.js';
import { limitedKubeconfig } from './harness/rights.js';
import { leaveSession, readManifest, replies, SETTINGS, withRuntime } from './harness/session.js';

const environment = clusterEnvironment();

const TOPOLOGY = {
  name: 'state',
  pattern: 'hybrid',
  storage: { sizeGiB: 1, retention: 'delete' },
  pool: { replicas: 2, gateway: { replicas: 1 } },
  tenants: { acme: { placement: 'dedicated' }, docs: { placement: 'pool' }, globex: { placement: 'pool' } },
  smoke: { standIn: true },
};

describe('sessions of tenants on the cluster', () => {
  let deployer: Deployer;
  let gateway: GatewayAccess;
  let folder: string;

  const archive = (name: string) => path.join(folder, `${name}.tar.gz`);
  const run = (command: string, tenant: string, ...args: string[]) =>
    runCli([command, '--manifest', deployer.manifest(), '--tenant', tenant, ...args], {
      cwd: folder,
      env: { KUBECONFIG: environment.kubeconfig },
    });
  const inPod = async (runtime: string, script: string) =>
    inRuntimePod(environment, namespaceOf(await readManifest(deployer.manifest()), runtime), script);
  /** Programs of ours beside the runtime; the brackets keep the shell from finding itself. */
  const keepers = async () =>
    Number(await inPod('tenant/acme', 'grep -l "session-keepe[r]/main" /proc/[0-9]*/cmdline | wc -l'));

  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-state-'));
    deployer = await deployerFor(environment);
    await deployer.deploy(TOPOLOGY);
    await cli(['rollout', '--manifest', deployer.manifest()]);
    gateway = new GatewayAccess(environment, await readManifest(deployer.manifest()));
    await leaveSession(environment, deployer.manifest(), 'tenant/acme', 'own');
    for (const tenant of ['docs', 'globex']) {
      const client = await gateway.client(tenant);
      const session = await client.createSession({ ...SETTINGS, sessionId: 'pooled' });
      await session.sendAndWait({ prompt: directive({ reply: `said by ${tenant}` }) }, 20_000);
      await session.disconnect();
    }
  });
  afterAll(async () => {
    await gateway?.close();
    await deployer.destroy();
    await rm(folder, { recursive: true, force: true });
  }, 300_000);

  it('are backed up, those of one tenant and no token', async () => {
    const token = await withRuntime(environment, deployer.manifest(), 'tenant/acme', async (_, own) => own);
    await expect(run('backup', 'acme', '--out', archive('acme'))).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 session of acme'),
    });
    await expect(run('backup', 'docs', '--out', archive('docs'))).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 session of docs'),
    });
    const [acme, docs] = await Promise.all(
      ['acme', 'docs'].map(async (name) => gunzipSync(await readFile(archive(name)))),
    );
    expect(acme!.includes('kept own')).toBe(true);
    expect(acme!.includes(token)).toBe(false);
    expect(docs!.includes('said by docs')).toBe(true);
    expect(docs!.includes('globex')).toBe(false);
  });

  it('go on locally, out of the pool', async () => {
    const state = await mkdtemp(path.join(folder, 'local-'));
    const local = await bringUp(planOf({ tenants: { docs: {} } }), { stateRoot: state });
    try {
      const args = ['--manifest', local.manifestFile, '--tenant', 'docs', '--from', archive('docs')];
      await expect(runCli(['restore', ...args], { cwd: folder })).resolves.toMatchObject({ code: 0 });
      const client = await clientOf(local.stateDirectory, 'tenant/docs');
      const config = sessionConfig(local.stateDirectory, 'tenant/docs');
      const session = await client.resumeSession('pooled', config);
      await expect(ask(session, { recall: true })).resolves.toContain('said by docs');
    } finally {
      await local.stop();
    }
  });

  it('are restored where they were: nothing is overwritten, and what was deleted comes back', async () => {
    await expect(run('restore', 'acme', '--from', archive('acme'))).resolves.toMatchObject({
      code: 0,
      stdout: '0 sessions of acme restored, 1 were there already\n',
    });
    await withRuntime(environment, deployer.manifest(), 'tenant/acme', (client) =>
      client.deleteSession('own'),
    );
    await expect(run('restore', 'acme', '--from', archive('acme'))).resolves.toMatchObject({
      code: 0,
      stdout: '1 session of acme restored\n',
    });
    expect(await replies(environment, deployer.manifest(), 'tenant/acme', 'own')).toEqual(['kept own']);
    // The volume hands its group down, which shows as a 2 before the mode.
    expect(await inPod('tenant/acme', 'stat -c "%u %a" /var/lib/copilot/home/session-state/own')).toMatch(
      /^10001 2?700$/m,
    );
  });

  it('are refused when the archive is damaged', async () => {
    const bytes = await readFile(archive('acme'));
    await writeFile(archive('damaged'), bytes.subarray(0, bytes.length - 40));
    await expect(run('restore', 'acme', '--from', archive('damaged'))).resolves.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('take another copy of it'),
    });
  });

  it('are counted, and deleted when they are expired', async () => {
    const sessions = async (...args: string[]) => {
      const printed = await cli(['sessions', '--manifest', deployer.manifest(), '--json', ...args], {
        KUBECONFIG: environment.kubeconfig,
      });
      const rows = JSON.parse(printed) as SessionsRow[];
      return Object.fromEntries(rows.map((row) => [row.runtime, row]));
    };
    await leaveSession(environment, deployer.manifest(), 'tenant/acme', 'old');
    await waitFor('the session to rest', async () => {
      const files = await inPod('tenant/acme', 'ls -A /var/lib/copilot/home/session-state/old');
      return !/^inuse\./m.test(files);
    });
    await inPod(
      'tenant/acme',
      'cd /var/lib/copilot/home/session-state/old && touch -d "100 hours ago" events.jsonl .',
    );
    // Younger than the topology's time: its host leaves it alone.
    const older = ['--older-than', '50'];
    const tried = await sessions('--expired', '--dry-run', ...older);
    expect(tried['tenant/acme']).toMatchObject({ sessions: 2, expired: ['old'], deleted: 0 });
    expect(tried['pool/0']!.sessions + tried['pool/1']!.sessions).toBe(2);
    const done = await sessions('--expired', ...older);
    expect(done['tenant/acme']).toMatchObject({ sessions: 1, expired: ['old'], deleted: 1 });
  });

  it('are out of reach without the rights, which are named', async () => {
    const namespace = namespaceOf(await readManifest(deployer.manifest()), 'tenant/acme');
    const as = async (subresources: readonly string[]) => {
      const kubeconfig = await limitedKubeconfig(environment, namespace, folder, subresources);
      const args = [
        'backup',
        '--manifest',
        deployer.manifest(),
        '--tenant',
        'acme',
        '--kubeconfig',
        kubeconfig,
      ];
      return runCli([...args, '--out', archive('none')], { cwd: folder });
    };
    await expect(as([])).resolves.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot find the pod of tenant\/acme .*403 pods is forbidden/),
    });
    await expect(as(['pods'])).resolves.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `it needs the rights "get" and "create" on pods/exec in namespace ${namespace}`,
      ),
    });
    await expect(as(['pods', 'pods/exec'])).resolves.toMatchObject({ code: 0 });
  });

  it('survive a backup that is killed, of which nothing is left', async () => {
    // Large enough that there is a middle.
    await inPod(
      'tenant/acme',
      'mkdir -p /var/lib/copilot/home/session-state/own/files && head -c 80000000 /dev/urandom > /var/lib/copilot/home/session-state/own/files/large',
    );
    const args = ['backup', '--manifest', deployer.manifest(), '--tenant', 'acme', '--out', archive('large')];
    const killed = new CliRun(args, { cwd: folder, env: { KUBECONFIG: environment.kubeconfig } });
    await waitFor('the program in the pod', async () => (await keepers()) === 1);
    killed.signal('SIGKILL');
    await expect(killed.ended).resolves.toMatchObject({ signal: 'SIGKILL' });
    await waitFor('the program to end', async () => (await keepers()) === 0);
    await expect(readFile(archive('large'))).rejects.toThrow('ENOENT');

    await expect(run('backup', 'acme', '--out', archive('large'))).resolves.toMatchObject({ code: 0 });
    await withRuntime(environment, deployer.manifest(), 'tenant/acme', (client) =>
      client.deleteSession('own'),
    );
    const restoring = new CliRun(
      ['restore', '--manifest', deployer.manifest(), '--tenant', 'acme', '--from', archive('large')],
      { cwd: folder, env: { KUBECONFIG: environment.kubeconfig } },
    );
    await waitFor('a part of it', async () =>
      (await inPod('tenant/acme', 'ls -A /var/lib/copilot/home')).includes('.restore-acme.'),
    );
    restoring.signal('SIGKILL');
    await restoring.ended;
    await waitFor('the program to end', async () => (await keepers()) === 0);
    const left = await inPod(
      'tenant/acme',
      'ls -A /var/lib/copilot/home /var/lib/copilot/home/session-state',
    );
    expect(left).not.toMatch(/^own$|restore/m);
    await expect(run('restore', 'acme', '--from', archive('large'))).resolves.toMatchObject({ code: 0 });
    expect(await replies(environment, deployer.manifest(), 'tenant/acme', 'own')).toEqual(['kept own']);
  });

  it('move from the pool to a runtime of their own and back', async () => {
    const docs = async (placement: string) => {
      await deployer.deploy({ ...TOPOLOGY, tenants: { ...TOPOLOGY.tenants, docs: { placement } } });
      await cli(['rollout', '--manifest', deployer.manifest()]);
    };
    await docs('dedicated');
    await expect(run('restore', 'docs', '--from', archive('docs'))).resolves.toMatchObject({ code: 0 });
    expect(await replies(environment, deployer.manifest(), 'tenant/docs', 'pooled')).toEqual([
      'said by docs',
    ]);
    await withRuntime(environment, deployer.manifest(), 'tenant/docs', async (client) => {
      const session = await client.resumeSession('pooled', SETTINGS);
      await session.sendAndWait({ prompt: directive({ reply: 'said alone' }) }, 20_000);
      await session.disconnect();
    });
    await expect(run('backup', 'docs', '--out', archive('docs'))).resolves.toMatchObject({ code: 0 });

    // What it had in the pool is still there, and another one by now.
    const replicas = ['pool/0', 'pool/1'];
    const refused = await docs('pool').then(() => run('restore', 'docs', '--from', archive('docs')));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('docs__pooled') });
    for (const replica of replicas) {
      await withRuntime(environment, deployer.manifest(), replica, async (client) => {
        const known = (await client.listSessions()).some(({ sessionId }) => sessionId === 'docs__pooled');
        if (known) await client.deleteSession('docs__pooled');
      });
    }
    await expect(run('restore', 'docs', '--from', archive('docs'))).resolves.toMatchObject({ code: 0 });
    const session = await (await gateway.client('docs')).resumeSession('pooled', SETTINGS);
    const events = await session.getEvents();
    const said = events.flatMap((event) => (event.type === 'assistant.message' ? [event.data.content] : []));
    expect(said).toEqual(['said by docs', 'said alone']);
  });
});
