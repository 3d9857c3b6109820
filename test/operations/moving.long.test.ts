import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { connectRuntime } from '../../client/index.js';
import { bringUp } from '../../local/index.js';
import { GATEWAY_FILES, type RuntimeId } from '../../topology/index.js';
import { parseLocalEndpoint } from '../../topology/local-endpoint.js';
import { directive } from '../../topology/stand-in.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { CliRun, runCli } from '../support/cli.js';
import { ask, clientOf, sessionConfig, tokenOf } from '../support/runtime-client.js';
import { planOf, type Overrides } from '../support/topology.js';

const cwd = () => process.cwd();

const POOL = { replicas: 1, gateway: { drainSeconds: 1 } };
const IN_POOL: Overrides = { pattern: 'shared', pool: POOL, tenants: { docs: {}, globex: {} } };
const DEDICATED: Overrides = {
  pattern: 'hybrid',
  pool: POOL,
  tenants: { docs: { placement: 'dedicated' }, globex: { placement: 'pool' } },
};

async function up(root: string, overrides: Overrides) {
  const deployment = await bringUp(planOf(overrides), { stateRoot: root });
  afterTest(() => deployment.stop());
  return deployment;
}

/** A client of a pooled tenant. */
async function pooled(state: string, tenant: string) {
  const { port } = parseLocalEndpoint(readFileSync(path.join(state, GATEWAY_FILES.endpoint), 'utf8'))!;
  const connectionToken = readFileSync(path.join(state, GATEWAY_FILES.tokens, `${tenant}.a`), 'utf8');
  const client = await connectRuntime({ address: `127.0.0.1:${port}`, connectionToken });
  afterTest(() => client.forceStop());
  return client;
}

const backup = (manifest: string, file: string, ...more: string[]) =>
  runCli(['backup', '--manifest', manifest, '--tenant', 'docs', '--out', file, ...more], { cwd: cwd() });
const restore = (manifest: string, file: string) =>
  runCli(['restore', '--manifest', manifest, '--tenant', 'docs', '--from', file], { cwd: cwd() });

describe('a tenant', () => {
  it('moves from the pool to a runtime of its own and back, with its sessions and nobody else’s', async () => {
    const root = temporaryDirectory();
    const file = path.join(temporaryDirectory(), 'docs.tar.gz');
    const first = await up(root, IN_POOL);
    const inPool = sessionConfig(first.stateDirectory, 'pool/0');
    for (const [tenant, text] of [
      ['docs', 'said in the pool'],
      ['globex', 'secret of globex'],
    ] as const) {
      const session = await (
        await pooled(first.stateDirectory, tenant)
      ).createSession({ sessionId: 'chat', ...inPool });
      await ask(session, { reply: text });
    }
    await expect(backup(first.manifestFile, file)).resolves.toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 session of docs'),
    });
    const archived = gunzipSync(readFileSync(file));
    expect(archived.includes('said in the pool')).toBe(true);
    expect(archived.includes('globex')).toBe(false);
    expect(archived.includes(tokenOf(first.stateDirectory, 'pool/0'))).toBe(false);
    await first.stop();

    const second = await up(root, DEDICATED);
    await expect(restore(second.manifestFile, file)).resolves.toMatchObject({
      code: 0,
      stdout: '1 session of docs restored\n',
    });
    const own: RuntimeId = 'tenant/docs';
    const client = await clientOf(second.stateDirectory, own);
    const session = await client.resumeSession('chat', sessionConfig(second.stateDirectory, own));
    await expect(ask(session, { recall: true })).resolves.toContain('said in the pool');
    await ask(session, { reply: 'said alone' });
    await session.disconnect();
    await expect(backup(second.manifestFile, file)).resolves.toMatchObject({ code: 0 });
    await second.stop();

    const third = await up(temporaryDirectory(), IN_POOL);
    await expect(restore(third.manifestFile, file)).resolves.toMatchObject({ code: 0 });
    const back = await pooled(third.stateDirectory, 'docs');
    expect((await back.listSessions()).map(({ sessionId }) => sessionId)).toEqual(['chat']);
    const again = await back.resumeSession('chat', sessionConfig(third.stateDirectory, 'pool/0'));
    const remembered = await ask(again, { recall: true });
    expect(remembered).toContain('said in the pool');
    expect(remembered).toContain('said alone');
  });
});

describe('a backup', () => {
  it('waits for a turn that is under way, and gives up when that takes too long', async () => {
    const { stateDirectory: state, manifestFile } = await up(temporaryDirectory(), { tenants: { docs: {} } });
    const file = path.join(temporaryDirectory(), 'docs.tar.gz');
    const client = await clientOf(state, 'tenant/docs');
    const session = await client.createSession({ sessionId: 'busy', ...sessionConfig(state, 'tenant/docs') });
    await session.send({ prompt: directive({ stream: { chunks: 300, intervalMs: 100 } }) });
    const gaveUp = await backup(manifestFile, file, '--wait', '0');
    expect(gaveUp).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('session busy on tenant/docs has had a turn under way for 0 s'),
    });
    expect(existsSync(file)).toBe(false);

    const args = ['backup', '--manifest', manifestFile, '--tenant', 'docs', '--out', file];
    const waiting = new CliRun(args, { cwd: cwd() });
    await session.abort();
    await expect(waiting.ended).resolves.toMatchObject({ code: 0 });
    // The owner has it open still, and goes on.
    await expect(ask(session, { reply: 'on it goes' })).resolves.toBe('on it goes');
  });
});
