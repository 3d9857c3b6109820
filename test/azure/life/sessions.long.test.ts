import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

import { expect, it } from '@jest/globals';

import type { SessionsRow } from '../../../cli/sessions.js';
import { parseManifest, SHARE_DIRECTORY, type Manifest, type RuntimeId } from '../../../topology/index.js';
import { temporaryDirectory } from '../../support/cleanup.js';
import { runCli } from '../../support/cli.js';
import type { Overrides } from '../../support/topology.js';
import { waitFor } from '../../support/wait.js';
import type { LocalRunner } from '../runner/index.js';
import type { AzureStandIn } from '../stand-in/index.js';
import { azureTopology, Deployment, manifestFile, VAULT } from '../support/deployment.js';
import { ready } from '../support/groups.js';
import { describeWithRunner, startRunner } from '../support/runner.js';
import { startStandIn } from '../support/stand-in.js';

const dedicated = { placement: 'dedicated' };
const pooledTenant = { placement: 'pool' };

const TOPOLOGY = {
  pattern: 'hybrid',
  pool: { replicas: 2 },
  tenants: { acme: dedicated, docs: pooledTenant, globex: pooledTenant },
};

const TALK = readFileSync('test/azure/support/talk.mjs', 'utf8');

/** A deployment whose groups run, and what is done with it. */
class Deployed {
  readonly directory = temporaryDirectory();
  readonly #deployment: Deployment;
  #manifest: Manifest | undefined;

  private constructor(
    readonly standIn: AzureStandIn,
    readonly runner: LocalRunner,
  ) {
    this.#deployment = new Deployment(standIn, this.directory);
  }

  static async start(): Promise<Deployed> {
    const standIn = await startStandIn();
    const runner = await startRunner(standIn);
    standIn.addVault(VAULT);
    const deployed = new Deployed(standIn, runner);
    await deployed.apply(TOPOLOGY);
    return deployed;
  }

  async apply(topology: Overrides): Promise<void> {
    const { standIn, directory } = this;
    await this.#deployment.apply(azureTopology(topology));
    const groups = standIn.resources.filter(({ type }) => type.endsWith('/containerGroups'));
    await Promise.all(groups.map(({ id }) => ready(standIn, id)));
    const file = manifestFile(directory);
    this.#manifest = parseManifest(readFileSync(file, 'utf8'), file);
  }

  run(...args: string[]) {
    const { standIn, directory: cwd } = this;
    return runCli([...args, '--manifest', manifestFile(cwd)], { cwd, env: { ...standIn.credentialEnv } });
  }

  #runtime(runtime: RuntimeId) {
    return this.#manifest!.runtimes[runtime]!;
  }

  group(runtime: RuntimeId): string {
    return this.#runtime(runtime).expect.group!.id;
  }

  token(runtime: RuntimeId): string {
    const { connectionToken } = this.#runtime(runtime);
    if (connectionToken.kind !== 'keyVaultSecret') throw new Error('no secret of a vault');
    return this.standIn.vaults[0]!.secrets.get(connectionToken.name)!.value;
  }

  talk(runtime: RuntimeId, ...args: string[]): Promise<string> {
    const script = ['--input-type=module', '-e', TALK, '--', 'talk', this.token(runtime)];
    return this.runner.exec(this.group(runtime), ['node', ...script, ...args]);
  }

  /** Folder of the sessions on the share of a runtime. */
  share(runtime: RuntimeId): string {
    const { account, name } = this.#runtime(runtime).expect.group!.share!;
    return this.standIn.groups.shares.folder(account, name);
  }
}

/** Reads no word that only Azure and the program know. */
function expectNoSecret({ standIn }: Deployed, printed: string, tokens: readonly string[]): void {
  const { issued } = standIn.groups.terminals;
  expect(issued.length).toBeGreaterThan(0);
  const secrets = [...issued.flatMap((one) => [one.password, one.webSocketUri]), ...tokens];
  expect(secrets.filter((secret) => printed.includes(secret))).toEqual([]);
}

describeWithRunner('the sessions of container groups', () => {
  it('are counted, deleted, saved and brought back', async () => {
    const azure = await Deployed.start();
    let printed = '';
    const run = async (...args: string[]) => {
      const result = await azure.run(...args);
      printed += result.stdout + result.stderr;
      return result;
    };
    await Promise.all([
      azure.talk('pool/0', 'say', 'docs__chat', 'said by docs'),
      azure.talk('pool/1', 'say', 'globex__chat', 'said by globex'),
      azure.talk('tenant/acme', 'say', 'kept', 'said by acme'),
    ]);
    await azure.talk('tenant/acme', 'say', 'expired', 'long ago');
    const then = Date.now() / 1000 - 200 * 3600;
    const expired = path.join(azure.share('tenant/acme'), 'expired');
    for (const name of ['events.jsonl', '.']) utimesSync(path.join(expired, name), then, then);

    const counted = await run('sessions', '--json');
    expect(JSON.parse(counted.stdout) as SessionsRow[]).toMatchObject([
      { runtime: 'pool/0', sessions: 1, expired: [], deleted: 0 },
      { runtime: 'pool/1', sessions: 1, expired: [], deleted: 0 },
      { runtime: 'tenant/acme', sessions: 2, expired: ['expired'], deleted: 0 },
    ]);
    const tried = await run('sessions', '--expired', '--dry-run');
    expect(tried.stdout).toMatch(/^tenant\/acme {2}expired$/m);
    expect(existsSync(expired)).toBe(true);
    const deleted = await run('sessions', '--expired', '--json');
    expect(JSON.parse(deleted.stdout)).toMatchObject([{}, {}, { deleted: 1, sessions: 1 }]);
    expect(readdirSync(azure.share('tenant/acme'))).not.toContain('expired');

    const [own, pooled] = ['acme.tar.gz', 'docs.tar.gz'].map((name) => path.join(azure.directory, name));
    expect(await run('backup', '--tenant', 'acme', '--out', own!)).toMatchObject({ code: 0 });
    expect(await run('backup', '--tenant', 'docs', '--out', pooled!)).toMatchObject({ code: 0 });
    const archived = gunzipSync(readFileSync(pooled!));
    expect(archived.includes('said by docs')).toBe(true);
    expect(archived.includes('globex')).toBe(false);

    await azure.talk('tenant/acme', 'delete', 'kept');
    expect(await run('restore', '--tenant', 'acme', '--from', own!)).toMatchObject({
      code: 0,
      stdout: '1 session of acme restored\n',
    });
    expect(await azure.talk('tenant/acme', 'recall', 'kept')).toContain('said by acme');

    // From the pool to a runtime of its own: another group, another share, and ids without a prefix.
    await azure.apply({ ...TOPOLOGY, tenants: { ...TOPOLOGY.tenants, docs: dedicated } });
    expect(await run('restore', '--tenant', 'docs', '--from', pooled!)).toMatchObject({
      code: 0,
      stdout: '1 session of docs restored\n',
    });
    expect(await run('restore', '--tenant', 'docs', '--from', pooled!)).toMatchObject({
      stdout: '0 sessions of docs restored, 1 were there already\n',
    });
    expect(await azure.talk('tenant/docs', 'recall', 'chat')).toContain('said by docs');
    const tokens = (['pool/0', 'pool/1', 'tenant/acme', 'tenant/docs'] as const).map((one) =>
      azure.token(one),
    );
    expectNoSecret(azure, printed, tokens);
  });

  it('are saved when a turn has ended, and not by half when the connection breaks', async () => {
    const azure = await Deployed.start();
    const archive = path.join(azure.directory, 'archives', 'acme.tar.gz');
    mkdirSync(path.dirname(archive));
    const backUp = (...args: string[]) => azure.run('backup', '--tenant', 'acme', '--out', archive, ...args);
    await azure.talk('tenant/acme', 'say', 'first', 'x'.repeat(2000));

    const share = azure.share('tenant/acme');
    const turn = azure.talk('tenant/acme', 'stream', 'busy', `${SHARE_DIRECTORY}/.enough`);
    const journal = path.join(share, 'busy/events.jsonl');
    await waitFor(
      'a turn to begin',
      () => existsSync(journal) && readFileSync(journal, 'utf8').includes('user.message'),
    );
    expect(await backUp('--wait', '0')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('session busy on tenant/acme has had a turn under way for 0 s'),
    });
    const waiting = backUp();
    writeFileSync(path.join(share, '.enough'), '');
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining('2 sessions of acme') });
    await turn;

    const before = readFileSync(archive);
    const { terminals } = azure.standIn.groups;
    terminals.cutWhen = (_connection, characters) => characters > 3000;
    expect(await backUp()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'the connection to the container group of tenant/acme was lost: run it again',
      ),
    });
    expect(readFileSync(archive)).toEqual(before);
    expect(readdirSync(path.dirname(archive))).toEqual(['acme.tar.gz']);
    await waitFor('the program in the container to end', async () => {
      const all = await azure.runner.exec(azure.group('tenant/acme'), [
        'sh',
        '-c',
        'cat /proc/[0-9]*/cmdline',
      ]);
      return !all.includes('session-keeper');
    });
    terminals.cutWhen = () => false;
    expect(await backUp()).toMatchObject({ code: 0 });
  });
});
