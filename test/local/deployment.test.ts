import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { bringUp, RunError, type Deployment, type Launch, type UpOptions } from '../../local/index.js';
import { HOST_ENV } from '../../topology/host-contract.js';
import type { Plan } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { contents, modeOf } from '../support/files.js';
import { environmentOf, listens, processesOf, runtimePid } from '../support/processes.js';
import { ask, clientOf, endpointOf, sessionConfig, tokenOf } from '../support/runtime-client.js';
import { HYBRID, planOf } from '../support/topology.js';
import { waitFor } from '../support/wait.js';

async function up(plan: Plan, stateRoot: string, options: UpOptions = {}): Promise<Deployment> {
  const deployment = await bringUp(plan, { stateRoot, ...options });
  afterTest(() => deployment.stop());
  return deployment;
}

/** An executable that stands for a runtime and does what the script says. */
function fakeRuntime(script: string): string {
  const file = path.join(temporaryDirectory(), 'runtime');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return file;
}

const withBinary =
  (binary: string, runtime = 'tenant/acme') =>
  (launch: Launch): Launch =>
    launch.planned.id === runtime ? { ...launch, env: { ...launch.env, [HOST_ENV.binary]: binary } } : launch;

describe('a deployment', () => {
  it('gives each runtime a private home, a token and ports of its own, and nothing of it to who runs it', async () => {
    const ambient = {
      GH_TOKEN: 'ambient',
      GITHUB_TOKEN: 'ambient',
      COPILOT_GITHUB_TOKEN: 'ambient',
      SOME_VARIABLE: 'ambient',
    };
    const before = { ...process.env };
    afterTest(() => (process.env = before));
    Object.assign(process.env, ambient);

    const root = temporaryDirectory();
    const { stateDirectory: state, manifestFile, secrets, stop } = await up(planOf(HYBRID), root);
    const ids = ['tenant/acme', 'pool/0'] as const;
    const tokens = ids.map((id) => tokenOf(state, id));
    const endpoints = ids.map((id) => endpointOf(state, id)!);
    const ports = endpoints.flatMap(({ port, healthPort, standInPort }) => [port, healthPort, standInPort!]);

    for (const id of ids) {
      for (const part of ['', 'home', 'secrets', 'tmp'])
        expect(modeOf(path.join(state, id, part))).toBe(0o700);
      expect(modeOf(path.join(state, id, 'secrets/connection-token'))).toBe(0o600);
      expect(modeOf(path.join(state, id, 'host.log'))).toBe(0o600);
      const env = environmentOf(runtimePid(root, id)!);
      expect(env.COPILOT_HOME).toBe(path.join(state, id, 'home'));
      expect(Object.values(env)).not.toContain('ambient');
      await expect((await clientOf(state, id)).ping('hi')).resolves.toMatchObject({ message: 'pong: hi' });
    }
    for (const token of tokens) expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(32);
    expect(new Set(tokens).size).toBe(2);
    expect(new Set(ports).size).toBe(6);
    const gatewayToken = readFileSync(path.join(state, 'gateway/tokens/docs.a'), 'utf8');
    expect([...secrets].sort()).toEqual([...tokens, gatewayToken].sort());
    const written = readFileSync(manifestFile, 'utf8');
    for (const word of [...secrets, ...ports.map(String)]) expect(written).not.toContain(word);

    const pids = processesOf(root);
    expect(pids).toHaveLength(4);
    await stop();
    expect(processesOf(root)).toEqual([]);
    for (const port of ports) expect(await listens(port)).toBe(false);
    for (const file of [...ids.map((id) => `${id}/endpoint.json`), 'owner.json']) {
      expect(existsSync(path.join(state, file))).toBe(false);
    }
  });

  it('keeps sessions and token over down and up, until a raised revision rotates the token', async () => {
    const root = temporaryDirectory();
    const first = await up(planOf(), root);
    const state = first.stateDirectory;
    const token = tokenOf(state, 'tenant/acme');
    const client = await clientOf(state, 'tenant/acme');
    const session = await client.createSession({ ...sessionConfig(state, 'tenant/acme'), sessionId: 'kept' });
    await ask(session, { reply: 'noted' });
    await client.forceStop();
    await first.stop();

    const second = await up(planOf(), root);
    expect(tokenOf(state, 'tenant/acme')).toBe(token);
    const again = await clientOf(state, 'tenant/acme');
    const resumed = await again.resumeSession('kept', sessionConfig(state, 'tenant/acme'));
    expect(await ask(resumed, { recall: true })).toContain('noted');
    await again.forceStop();
    await second.stop();

    await up(planOf({ tenants: { acme: { connectionTokenRevision: 2 } } }), root);
    expect(tokenOf(state, 'tenant/acme')).not.toBe(token);
    await expect(clientOf(state, 'tenant/acme', token)).rejects.toMatchObject({ code: -32002 });
    await expect(clientOf(state, 'tenant/acme')).resolves.toBeDefined();
  });

  it.each(['suspended', 'retired'])('runs nothing for a %s tenant and keeps its state', async (state) => {
    const root = temporaryDirectory();
    const files = path.join(root, 'tiny/tenant/globex');
    mkdirSync(path.join(files, 'home/session-state/s'), { recursive: true });
    writeFileSync(path.join(files, 'home/session-state/s/events.jsonl'), 'kept');
    const before = contents(files);

    await up(planOf({ tenants: { acme: { state: 'suspended' }, globex: { state } } }), root);
    expect(processesOf(root)).toEqual([]);
    expect(contents(files)).toEqual(before);
  });

  it.each([
    ['with blanks and ünïcode', 'a b/c  d/ñ'],
    ['that is long', path.join('x'.repeat(200), 'y'.repeat(200))],
  ])('works below a path %s', async (_, below) => {
    const root = path.join(temporaryDirectory(), below);
    const { stateDirectory: state } = await up(planOf(), root);
    await expect((await clientOf(state, 'tenant/acme')).ping('hi')).resolves.toBeDefined();
  });

  it('writes no .gitignore over one that is there', async () => {
    const root = temporaryDirectory();
    writeFileSync(path.join(root, '.gitignore'), 'mine\n');
    await up(planOf({ tenants: { acme: { state: 'suspended' } } }), root);
    expect(readFileSync(path.join(root, '.gitignore'), 'utf8')).toBe('mine\n');
    expect(readFileSync(path.join(root, 'tiny/.gitignore'), 'utf8')).toBe('*\n');
  });

  it('can be ended twice without taking the directory from the next run', async () => {
    const root = temporaryDirectory();
    const plan = planOf({ tenants: { acme: { state: 'suspended' } } });
    const first = await up(plan, root);
    await first.stop();
    const { stateDirectory } = await up(plan, root);
    await first.stop();
    expect(existsSync(path.join(stateDirectory, 'owner.json'))).toBe(true);
  });
});

describe('a deployment that cannot start', () => {
  it('names the runtime and its log when one does not start, and ends the others', async () => {
    const root = temporaryDirectory();
    const broken = withBinary(fakeRuntime('echo out of order >&2; exit 3'));
    const failure = await bringUp(planOf(HYBRID), { stateRoot: root, adaptLaunch: broken }).catch(
      (e: unknown) => e,
    );
    const log = path.join(root, 'tiny/tenant/acme/host.log');
    expect(failure).toBeInstanceOf(RunError);
    expect(String(failure)).toMatch(/tenant\/acme does not start: .*exit code 3: out of order/);
    expect(String(failure)).toContain(`its log is ${log}`);
    expect(readFileSync(log, 'utf8')).toContain('out of order');
    expect(processesOf(root)).toEqual([]);
  });

  it('says so when a runtime is not ready in time', async () => {
    const root = temporaryDirectory();
    const silent = withBinary(fakeRuntime('exec sleep 60'));
    const run = bringUp(planOf(), { stateRoot: root, adaptLaunch: silent, readyTimeoutMs: 700 });
    await expect(run).rejects.toThrow(
      /^tenant\/acme was not ready within 0\.7 s: it does not say why; its log is .*host\.log$/,
    );
    expect(processesOf(root)).toEqual([]);
  });

  it('says so when the host itself cannot be started', async () => {
    const root = temporaryDirectory();
    const run = bringUp(planOf(), {
      stateRoot: root,
      adaptLaunch: (launch) => ({ ...launch, command: '/nonexistent/node' }),
    });
    await expect(run).rejects.toThrow(/^tenant\/acme does not start: .*spawn \/nonexistent\/node ENOENT/);
  });

  it('leaves no host that it could not write down', async () => {
    const root = temporaryDirectory();
    mkdirSync(path.join(root, 'tiny/tenant/acme/group'), { recursive: true });
    const run = bringUp(planOf(), { stateRoot: root });
    await expect(run).rejects.toThrow(/^cannot write .*\/group \(EISDIR\)/);
    expect(processesOf(root)).toEqual([]);
  });

  it('leaves nothing when it is aborted between two runtimes, and can be started again', async () => {
    const root = temporaryDirectory();
    const abort = new AbortController();
    const ready: string[] = [];
    const run = bringUp(planOf(HYBRID), {
      stateRoot: root,
      parallelism: 1,
      signal: abort.signal,
      onEvent: ({ type }) => {
        ready.push(type);
        abort.abort(new Error('enough'));
      },
    });
    await expect(run).rejects.toThrow('enough');
    expect(ready).toEqual(['ready']);
    expect(processesOf(root)).toEqual([]);
    await expect(up(planOf({ tenants: { acme: { state: 'suspended' } } }), root)).resolves.toBeDefined();
  });

  it('leaves nothing when it is aborted while a runtime starts', async () => {
    const root = temporaryDirectory();
    const abort = new AbortController();
    const run = bringUp(planOf(), {
      stateRoot: root,
      signal: abort.signal,
      adaptLaunch: withBinary(fakeRuntime('exec sleep 60')),
    });
    const outcome = run.catch((error: unknown) => error);
    await waitFor('the runtime', () => runtimePid(root, 'tenant/acme'));
    abort.abort(new Error('enough'));
    expect(String(await outcome)).toContain('enough');
    expect(processesOf(root)).toEqual([]);
  });

  it('writes nothing when it is aborted before', async () => {
    const root = path.join(temporaryDirectory(), 'state');
    await expect(
      bringUp(planOf(), { stateRoot: root, signal: AbortSignal.abort(new Error('no')) }),
    ).rejects.toThrow('no');
    expect(existsSync(root)).toBe(false);
  });
});
