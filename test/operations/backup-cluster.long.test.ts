import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { backUp, restore } from '../../backup/index.js';
import { KeeperStore } from '../../backup/keeper/index.js';
import type { SessionsRow } from '../../cli/sessions.js';
import { connectCluster } from '../../cluster/connection.js';
import { PodKeeper } from '../../cluster/sessions/index.js';
import { bringUp } from '../../local/index.js';
import {
  HOST_ENV,
  HOST_NODE_FLAGS,
  IMAGE as IMAGE_PATHS,
  localFiles,
  manifestOf,
  manifestText,
  type Manifest,
  type RuntimeId,
} from '../../topology/index.js';
import { directive } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { runCli } from '../support/cli.js';
import { listing, modeOf } from '../support/files.js';
import { ask, clientOf, endpointOf, sessionConfig, tokenOf } from '../support/runtime-client.js';
import { HYBRID, planOf, type Overrides } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

import { Files, kept } from './backup-fixture.js';
import { execApi, type ExecApiOptions, type StandInPod } from './exec-api.js';
import { TOKEN } from './fake-api.js';

const IMAGE = `registry.example.com/runtimes@sha256:${'0'.repeat(64)}`;

/** The manifest of a topology on a cluster, in a file of its own. */
function clusterManifest(overrides: Overrides = {}) {
  const runtime = { integrationId: 'test', image: IMAGE };
  const manifest = manifestOf(planOf({ ...overrides, platform: 'kubernetes', runtime }));
  const directory = temporaryDirectory();
  const file = path.join(directory, 'cluster.manifest.json');
  writeFileSync(file, manifestText(manifest));
  return { manifest, directory, file };
}

function namespaceOf({ runtimes }: Manifest, runtime: RuntimeId): string {
  const endpoint = runtimes[runtime]?.endpoint;
  if (endpoint?.kind !== 'service') throw new Error(`${runtime} has no Service`);
  return endpoint.namespace;
}

/** A cluster with the one runtime of `Files`, which are nothing but files. */
async function clusterOf(
  files: Files,
  options: Omit<ExecApiOptions, 'pods'> & { pod?: Partial<StandInPod> } = {},
) {
  writeTokenFor(files.directory);
  const env = environmentOf(files.directory, 'tenant/acme');
  const { pod, ...more } = options;
  const api = await execApi({ pods: { [PLACED.namespace]: { env, ...pod } }, ...more });
  const store = new KeeperStore(new PodKeeper(connectCluster({ kubeconfig: api.kubeconfig }), PLACED));
  const directory = temporaryDirectory();
  const common = { tenant: 'acme', prefix: '', stores: [store] };
  return {
    api,
    directory,
    backUp: (file: string) => backUp({ ...common, topology: 'tiny', file, waitSeconds: 0 }),
    restore: (file: string) => restore({ ...common, file, directory }),
  };
}

const environmentOf = (state: string, runtime: RuntimeId) => ({
  [HOST_ENV.runtime]: runtime,
  [HOST_ENV.home]: path.join(state, localFiles(runtime).home),
  [HOST_ENV.secretsDir]: path.join(state, localFiles(runtime).secrets),
});

function writeTokenFor(state: string): void {
  const { secrets, connectionToken } = localFiles('tenant/acme');
  mkdirSync(path.join(state, secrets), { recursive: true });
  writeFileSync(path.join(state, connectionToken), 'x'.repeat(64));
}

const MANY = Array.from({ length: 30 }, (_, n) => `session-${n}`);

const PLACED = { runtime: 'tenant/acme', namespace: 'tiny-acme', name: 'runtime', port: 4321 };

describe('a tenant on a cluster', () => {
  it('is backed up beside its runtime, from a pool too, and gets its sessions back', async () => {
    const deployment = await bringUp(planOf(HYBRID), { stateRoot: temporaryDirectory() });
    afterTest(() => deployment.stop());
    const state = deployment.stateDirectory;
    const { manifest, directory, file } = clusterManifest(HYBRID);
    const pods = Object.fromEntries(
      (['tenant/acme', 'pool/0'] as const).map((runtime) => [
        namespaceOf(manifest, runtime),
        { env: environmentOf(state, runtime), port: endpointOf(state, runtime)!.port },
      ]),
    );
    const { kubeconfig, started } = await execApi({ pods });
    const run = (...args: string[]) =>
      runCli([...args, '--manifest', file, '--kubeconfig', kubeconfig], { cwd: directory });

    const pool = await clientOf(state, 'pool/0');
    for (const id of ['docs__chat', 'globex__chat']) {
      const session = await pool.createSession({ sessionId: id, ...sessionConfig(state, 'pool/0') });
      await ask(session, { reply: `said in ${id}` });
      await session.disconnect();
    }
    const archive = path.join(directory, 'docs.tar.gz');
    await expect(run('backup', '--tenant', 'docs', '--out', archive)).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 session of docs'),
    });
    const archived = gunzipSync(readFileSync(archive));
    expect(archived.includes('said in docs__chat')).toBe(true);
    expect(archived.includes('globex')).toBe(false);

    await pool.deleteSession('docs__chat');
    await expect(run('restore', '--tenant', 'docs', '--from', archive)).resolves.toMatchObject({
      code: 0,
      stdout: '1 session of docs restored\n',
    });
    const back = await pool.resumeSession('docs__chat', sessionConfig(state, 'pool/0'));
    await expect(ask(back, { recall: true })).resolves.toContain('said in docs__chat');

    const counted = await run('sessions', '--json');
    expect(JSON.parse(counted.stdout) as SessionsRow[]).toMatchObject([
      { runtime: 'pool/0', sessions: 2, expired: [], deleted: 0 },
      { runtime: 'tenant/acme', sessions: 0 },
    ]);
    expect(JSON.stringify(started)).not.toContain(tokenOf(state, 'pool/0'));
    expect(JSON.stringify(started)).not.toContain(TOKEN);

    // A turn that is under way is waited for.
    const client = await clientOf(state, 'tenant/acme');
    const session = await client.createSession({ sessionId: 'busy', ...sessionConfig(state, 'tenant/acme') });
    await session.send({ prompt: directive({ stream: { chunks: 300, intervalMs: 100 } }) });
    const next = path.join(directory, 'acme.tar.gz');
    const args = ['--tenant', 'acme', '--out', next];
    await expect(run('backup', ...args, '--wait', '0')).resolves.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('session busy on tenant/acme has had a turn under way for 0 s'),
    });
    expect(existsSync(next)).toBe(false);
    const waiting = run('backup', ...args);
    await session.abort();
    await expect(waiting).resolves.toMatchObject({ code: 0 });
  });
});

describe('an archive from a cluster', () => {
  it.each(['v4.channel.k8s.io', 'v5.channel.k8s.io'] as const)(
    'has everything, over %s',
    async (protocol) => {
      const from = new Files().write(['one', 'two']);
      const archive = path.join(temporaryDirectory(), 'acme.tar.gz');
      const { sessions } = await (await clusterOf(from, { protocol })).backUp(archive);
      expect(sessions.map(({ id, files }) => [id, files.length])).toEqual([
        ['one', 3],
        ['two', 3],
      ]);
      const to = new Files();
      const there = await clusterOf(to, { protocol });
      await expect(there.restore(archive)).resolves.toEqual({ sessions: 2, present: 0 });
      await expect(there.restore(archive)).resolves.toEqual({ sessions: 0, present: 2 });
      expect(kept(to.session('one'))).toEqual(kept(from.session('one')));
      expect(modeOf(to.session('one'))).toBe(0o700);
      expect(modeOf(path.join(to.session('one'), 'events.jsonl'))).toBe(0o600);
    },
  );

  it('takes the place of no session with another history', async () => {
    const archive = path.join(temporaryDirectory(), 'acme.tar.gz');
    await new Files().write(['new', 'one']).backUp(archive);
    const to = new Files().write(['one'], 'something else');
    await expect((await clusterOf(to)).restore(archive)).rejects.toThrow(
      'of the same id but with another history: one: nothing was restored',
    );
    expect(to.ids()).toEqual(['one']);
  });

  it.each([0, 20_000])('is not there when the connection breaks after %d bytes', async (afterBytes) => {
    const from = new Files().write(MANY);
    const archive = path.join(temporaryDirectory(), 'acme.tar.gz');
    writeFileSync(archive, 'the last archive');
    const { api, backUp } = await clusterOf(from, { cut: { to: 'client', afterBytes } });
    await expect(backUp(archive)).rejects.toThrow(/^the connection to pod runtime-abc of tiny-acme was lost/);
    expect(readFileSync(archive, 'utf8')).toBe('the last archive');
    expect(readdirSync(path.dirname(archive))).toEqual(['acme.tar.gz']);
    // Nobody reads what the program would write: it ends by itself.
    await waitFor('the program to end', () => api.alive.size === 0);
  });

  it.each([
    ['as what is there is asked for', { to: 'pod', afterBytes: 1 }],
    ['before the answer', { to: 'client', afterBytes: 1 }],
    ['as sessions are sent', { to: 'pod', afterBytes: 5_000 }],
  ] as const)('is restored as a whole or not at all when the connection breaks %s', async (_when, cut) => {
    const archive = path.join(temporaryDirectory(), 'acme.tar.gz');
    await new Files().write(MANY).backUp(archive);
    const to = new Files().write([]);
    const { api, restore, directory } = await clusterOf(to, { cut });
    await expect(restore(archive)).rejects.toThrow(/was lost: run it again$/);
    await waitFor('the program to end', () => api.alive.size === 0);
    expect(listing(to.directory).filter((name) => /session-\d|\.restore/.test(name))).toEqual([]);
    expect(readdirSync(directory)).toEqual([]);
    await expect((await clusterOf(to)).restore(archive)).resolves.toEqual({ sessions: 30, present: 0 });
  });

  it.each([
    [
      'ends early and says that all is well',
      'node "$@" | head -c 5000',
      /did not come whole \(Z_BUF_ERROR\)/,
    ],
    ['sends something else', 'head -c 5000 /dev/urandom', /did not come whole \(Z_DATA_ERROR\)/],
    ['is killed', 'node "$@" 2>/dev/null | head -c 5000; kill -9 $$', /failed \(exit code null\)/],
  ])('is not there when the program %s', async (_what, shell, reason) => {
    const archive = path.join(temporaryDirectory(), 'acme.tar.gz');
    const program = [...HOST_NODE_FLAGS, IMAGE_PATHS.sessionKeeper, 'send', '--prefix', '', '--port', '4321'];
    const command = ['sh', '-c', shell, 'sh', ...program] as const;
    const { backUp } = await clusterOf(new Files().write(MANY), { command });
    await expect(backUp(archive)).rejects.toThrow(reason);
    expect(readdirSync(path.dirname(archive))).toEqual([]);
  });
});

describe('a cluster that does not help', () => {
  const backUpFrom = async (options: Parameters<typeof clusterOf>[1]) => {
    const { backUp, directory } = await clusterOf(new Files().write(['one']), options);
    return backUp(path.join(directory, 'x')).then(
      () => 'done',
      (error: Error) => error.message,
    );
  };

  it('because of missing rights, is said with the rights that are needed', async () => {
    expect(await backUpFrom({ mayExec: false })).toMatch(
      /^cannot start a program in pod runtime-abc of tiny-acme \(.*403.*\): it needs the rights "get" and "create" on pods\/exec in namespace tiny-acme$/,
    );
  });

  it('because no pod runs', async () => {
    expect(await backUpFrom({ pod: { running: false } })).toBe(
      'no pod of tenant/acme runs in namespace tiny-acme: "copilot-runtimes status --explain" tells why',
    );
  });

  it('because its image is older', async () => {
    const said = IMAGE_PATHS.sessionKeeper;
    expect(
      await backUpFrom({ command: ['sh', '-c', `echo "Error: Cannot find module '${said}'" >&2; exit 1`] }),
    ).toBe(`the image of tenant/acme has no ${said}: deploy one of this version of copilot-runtimes`);
  });

  it('because the home cannot be read', async () => {
    const env = { [HOST_ENV.home]: '/proc/self/mem' };
    expect(await backUpFrom({ pod: { env } })).toMatch(
      /^cannot read the sessions of the runtime \(ENOTDIR\)/,
    );
  });

  it('because a tenant is suspended, is a matter of the topology', async () => {
    const tenants = { acme: { state: 'suspended' }, globex: {} };
    const { file, directory } = clusterManifest({ tenants });
    const args = ['backup', '--manifest', file, '--tenant', 'acme', '--out', 'x'];
    await expect(runCli(args, { cwd: directory })).resolves.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /tenant acme is suspended in .*, so that no pod has its volume mounted: make it active, deploy/,
      ),
    });
  });
});
