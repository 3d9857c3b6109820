import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { bringUp, readGivenSecrets, RunError } from '../../local/index.js';
import { prepareRuntime } from '../../local/state.js';
import { InputError } from '../../topology/index.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { contents, listing, modeOf } from '../support/files.js';
import { processesOf } from '../support/processes.js';
import { planOf } from '../support/topology.js';

const SUSPENDED = { acme: { state: 'suspended' } };

/** Whether this user may mount; `npm test` as root on Linux, or in a privileged container. */
const mayMount = (() => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    execFileSync('umount', ['/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const itWithMounts = mayMount
  ? it
  : (name: string) =>
      it(`${name} – not tried: this user may not mount a tmpfs`, () => expect(mayMount).toBe(false));

/** A small file system of its own. */
function smallDisk(options: string): string {
  const directory = temporaryDirectory();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  afterTest(() => execFileSync('umount', [directory]));
  return directory;
}

async function failureOf(run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('a state directory that cannot be written', () => {
  itWithMounts('is named with what to do when the disk is full', async () => {
    const root = smallDisk('size=64k');
    const { bsize, blocks } = statfsSync(root);
    writeFileSync(path.join(root, 'filler'), Buffer.alloc(Number(bsize) * Number(blocks)));
    const failure = await failureOf(bringUp(planOf(), { stateRoot: root }));
    expect(failure).toBeInstanceOf(RunError);
    expect(String(failure)).toMatch(
      /cannot write .* \(ENOSPC\): the disk is full: free some space, or choose another place with --state$/,
    );
    expect(processesOf(root)).toEqual([]);
  });

  itWithMounts('leaves nothing running, wherever in the start the disk gets full', async () => {
    // Each page more lets one more file be written: manifest, token, log, endpoint; the last has room for a runtime
    // that starts and cannot get ready.
    for (const pages of [2, 4, 6, 7, 8]) {
      const root = smallDisk(`size=${pages * 4}k`);
      const failure = await failureOf(bringUp(planOf(), { stateRoot: root, readyTimeoutMs: 5000 }));
      expect(failure).toBeInstanceOf(RunError);
      expect(String(failure)).toContain('ENOSPC');
      expect(processesOf(root)).toEqual([]);
      expect(listing(root)).not.toContain('tiny/owner.json');
    }
  });

  itWithMounts('is named when it is read-only', async () => {
    const root = smallDisk('size=64k');
    execFileSync('mount', ['-o', 'remount,ro', root]);
    await expect(bringUp(planOf(), { stateRoot: root })).rejects.toThrow(
      /^cannot write .* \(EROFS\): the file system is read-only: choose another place with --state$/,
    );
  });

  it.each([
    ['in place of it', 'tiny', 'state'],
    ['in the path to it', '', 'state/tiny'],
    ['in the place of a runtime', 'state/tiny/tenant', undefined],
  ])('is named when a file stands %s', async (_, file, below) => {
    const directory = temporaryDirectory();
    const root = path.join(directory, 'state');
    const blocking = below === undefined ? path.join(directory, file) : path.join(directory, below);
    mkdirSync(path.dirname(blocking), { recursive: true });
    writeFileSync(blocking, 'in the way');
    const failure = await failureOf(bringUp(planOf(), { stateRoot: root }));
    expect(failure).toBeInstanceOf(RunError);
    expect(String(failure)).toMatch(
      /\((ENOTDIR|EEXIST)\): a file stands where a directory is needed: move it away/,
    );
    expect(readFileSync(blocking, 'utf8')).toBe('in the way');
  });

  it('is named when its path is too long', async () => {
    const root = path.join(temporaryDirectory(), 'x'.repeat(300));
    await expect(bringUp(planOf(), { stateRoot: root })).rejects.toThrow(
      /\(ENAMETOOLONG\): the path is too long/,
    );
  });
});

describe('purge', () => {
  it('deletes the state of what stands under it, and of nobody else', async () => {
    const root = temporaryDirectory();
    const state = path.join(root, 'tiny');
    for (const id of ['tenant/acme', 'tenant/globex', 'tenant/globex-2', 'pool/0', 'pool/1']) {
      mkdirSync(path.join(state, id, 'home'), { recursive: true });
      writeFileSync(path.join(state, id, 'home/journal'), id);
    }
    const before = contents(state);
    const events: unknown[] = [];
    const plan = planOf({ tenants: SUSPENDED, purge: ['globex', 'pool/1', 'never-was'] });
    const deployment = await bringUp(plan, { stateRoot: root, onEvent: (event) => events.push(event) });
    await deployment.stop();

    expect(events).toEqual([
      { type: 'purged', item: 'globex' },
      { type: 'purged', item: 'pool/1' },
    ]);
    for (const id of ['tenant/globex', 'pool/1']) expect(existsSync(path.join(state, id))).toBe(false);
    for (const id of ['tenant/acme', 'tenant/globex-2', 'pool/0']) {
      expect(contents(path.join(state, id))['home/journal']).toBe(before[`${id}/home/journal`]);
    }
  });

  it('deletes nothing that is merely not in the topology', async () => {
    const root = temporaryDirectory();
    const forgotten = path.join(root, 'tiny/tenant/forgotten/home');
    mkdirSync(forgotten, { recursive: true });
    const deployment = await bringUp(planOf({ tenants: SUSPENDED }), { stateRoot: root });
    await deployment.stop();
    expect(existsSync(forgotten)).toBe(true);
  });
});

describe('secrets from outside', () => {
  const withSource = (githubToken: unknown) =>
    planOf({ runtime: { integrationId: 'test', auth: { githubToken } }, smoke: { standIn: false } });
  const withKey = (apiKey: unknown) =>
    planOf({
      runtime: {
        integrationId: 'test',
        auth: { provider: { baseUrl: 'http://localhost:1', model: 'm', apiKey } },
      },
    });

  it('land in files that only the owner reads, without the white space around them', async () => {
    const state = temporaryDirectory();
    const file = path.join(state, 'given');
    writeFileSync(file, 'key-from-file\n');
    const env = { MY_TOKEN: ' token-from-env\n' };

    const github = withSource({ env: 'MY_TOKEN' });
    const token = (await readGivenSecrets(github, env)).get('tenant/acme');
    const secrets = await prepareRuntime(state, github.runtimes[0]!, token);
    const kept = path.join(state, 'tenant/acme/secrets');
    expect(readFileSync(path.join(kept, 'github-token'), 'utf8')).toBe('token-from-env');
    expect(modeOf(path.join(kept, 'github-token'))).toBe(0o600);
    expect(secrets).toContain('token-from-env');

    // Another topology, another secret: the one that is no longer named goes.
    const provider = withKey({ file });
    const key = (await readGivenSecrets(provider, env)).get('tenant/acme');
    expect(await prepareRuntime(state, provider.runtimes[0]!, key)).toContain('key-from-file');
    expect(readFileSync(path.join(kept, 'provider-key'), 'utf8')).toBe('key-from-file');
    expect(modeOf(path.join(kept, 'provider-key'))).toBe(0o600);
    expect(existsSync(path.join(kept, 'github-token'))).toBe(false);
  });

  it.each([
    [
      'a variable that is not set',
      { env: 'MY_TOKEN' },
      'comes from the environment variable MY_TOKEN, which is not set: export it',
    ],
    [
      'a file that is not there',
      { file: '/nonexistent/t' },
      'comes from the file /nonexistent/t, which cannot be read (ENOENT): create it',
    ],
    [
      'a file with nothing in it',
      { file: '/dev/null' },
      'comes from the file /dev/null, which is empty: write the value into it',
    ],
  ])('are missed before anything is written: %s', async (_, source, message) => {
    const root = path.join(temporaryDirectory(), 'state');
    const failure = await failureOf(
      bringUp(withSource(source), { stateRoot: root, source: 'prod.yaml', env: { MY_TOKEN: ' ' } }),
    );
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as Error).message).toBe(`prod.yaml githubToken of tenant/acme ${message}`);
    expect(existsSync(root)).toBe(false);
  });

  it('are missed all at once, and not for a tenant that does not run', async () => {
    const auth = (env: string) => ({ githubToken: { env } });
    const plan = planOf({
      tenants: {
        acme: { auth: auth('A') },
        globex: { auth: auth('B') },
        old: { auth: auth('C'), state: 'retired' },
      },
      smoke: { standIn: false },
    });
    const failure = (await failureOf(readGivenSecrets(plan, {}))) as InputError;
    expect(failure.problems.map(({ message }) => message.split(' comes ')[0])).toEqual([
      'githubToken of tenant/acme',
      'githubToken of tenant/globex',
    ]);
  });
});
