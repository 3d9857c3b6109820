import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { loadTopology, readInput, updateLock } from '../../stacks/files.js';
import { InputError } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { listing } from '../support/files.js';
import { HYBRID, topologyText, writeTopology } from '../support/topology.js';

/** A topology and the lock of it. */
async function locked(overrides = {}) {
  const directory = temporaryDirectory();
  const file = writeTopology(directory, overrides);
  await updateLock(await loadTopology(file), {});
  return { directory, file, lockFile: path.join(directory, 'topology.lock.json') };
}

describe('a topology with its lock', () => {
  it.each([
    ['prod.yaml', 'prod.lock.json'],
    ['prod.yml', 'prod.lock.json'],
    ['prod.json', 'prod.lock.json'],
    ['prod', 'prod.lock.json'],
    ['prod.eu.yaml', 'prod.eu.lock.json'],
  ])('has the lock of %s in %s', async (name, lockName) => {
    const directory = temporaryDirectory();
    const loaded = await loadTopology(writeTopology(directory, {}, name));
    expect(loaded.lockFile).toBe(path.join(directory, lockName));
    await updateLock(loaded, {});
    expect(listing(directory).sort()).toEqual([name, lockName].sort());
  });

  it('is new at first, then current, and is not written again', async () => {
    const { file, lockFile } = await locked();
    const written = readFileSync(lockFile, 'utf8');
    expect(JSON.parse(written)).toMatchObject({
      lockVersion: 1,
      topology: 'tiny',
      tenants: { acme: { cell: 'c01' } },
    });
    const again = await loadTopology(file);
    expect(again.changes).toEqual([]);
    // Nothing to write: not even a place where nobody could.
    await expect(
      updateLock({ ...again, lockFile: '/nonexistent/lock' }, { CI: 'true' }),
    ).resolves.toBeUndefined();
  });

  it('is refused beside another one of its name, whose objects it would take down', async () => {
    const { directory } = await locked();
    const twin = writeTopology(directory, { tenants: { other: {} } }, 'twin.yaml');
    await expect(loadTopology(twin)).rejects.toThrow(
      `${twin} name must be of this topology alone, got "tiny", which topology.lock.json beside it is of: rename one of the two`,
    );
    await expect(
      loadTopology(writeTopology(directory, { name: 'twin' }, 'twin.yaml')),
    ).resolves.toBeDefined();
  });

  it('takes up what is new, but not in CI', async () => {
    const { directory, file, lockFile } = await locked();
    const before = readFileSync(lockFile, 'utf8');
    writeTopology(directory, { tenants: { acme: {}, globex: {} } });
    const loaded = await loadTopology(file);
    expect(loaded.changes).toEqual(['tenant globex is new']);
    await expect(updateLock(loaded, { CI: 'true' })).rejects.toThrow(
      `${lockFile} is stale (tenant globex is new): run "copilot-runtimes lock ${file}" and commit it`,
    );
    expect(readFileSync(lockFile, 'utf8')).toBe(before);
    await updateLock(loaded, { CI: 'false' });
    expect(readFileSync(lockFile, 'utf8')).toContain('globex');
  });

  it('refuses what disappears until it is purged', async () => {
    const { directory, file } = await locked({ tenants: { acme: {}, globex: {} } });
    writeTopology(directory);
    await expect(loadTopology(file)).rejects.toThrow(
      /tenants\.globex stands in the lock but no longer in the topology/,
    );
    writeTopology(directory, { purge: ['globex'] });
    const purging = await loadTopology(file);
    expect(purging.changes).toEqual(['tenant globex is purged: its state is deleted']);
    await updateLock(purging, {});
    expect((await loadTopology(file)).changes).toEqual([]);
  });

  it('keeps the volume of a tenant that moved into the pool', async () => {
    const dedicated = {
      ...HYBRID,
      tenants: { acme: { placement: 'dedicated' }, docs: { placement: 'dedicated' } },
    };
    const { directory, file } = await locked(dedicated);
    writeTopology(directory, HYBRID);
    const { plan } = await loadTopology(file);
    expect(plan.runtimes.find(({ id }) => id === 'tenant/docs')).toMatchObject({ state: 'retired' });
    expect(plan.routes.docs).toEqual({ to: 'pool' });
  });

  it.each([
    ['is not JSON', '{', /topology\.lock\.json is not valid JSON: restore .* from version control/],
    [
      'is of another shape',
      '{"lockVersion":2}',
      /topology\.lock\.json .*restore the lock from version control/,
    ],
  ])('is refused when the lock %s', async (_, text, message) => {
    const directory = temporaryDirectory();
    const file = writeTopology(directory);
    writeFileSync(path.join(directory, 'topology.lock.json'), text);
    await expect(loadTopology(file)).rejects.toThrow(message);
  });

  it('is refused when the lock cannot be read, for it would be written anew', async () => {
    const directory = temporaryDirectory();
    const file = writeTopology(directory);
    mkdirSync(path.join(directory, 'topology.lock.json'));
    await expect(loadTopology(file)).rejects.toThrow(/topology\.lock\.json is a directory/);
  });

  it('says what to do when the lock cannot be written, and leaves nothing half done', async () => {
    const directory = path.join(temporaryDirectory(), 'gone');
    mkdirSync(directory);
    const loaded = await loadTopology(writeTopology(directory));
    rmSync(directory, { recursive: true });
    const failure = await updateLock(loaded, {}).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect(String(failure)).toMatch(
      /topology\.lock\.json cannot be written \(ENOENT\): it must stand beside the topology/,
    );
    expect(existsSync(directory)).toBe(false);
  });

  it('leaves no temporary file when the lock cannot be put in place', async () => {
    const { directory, file, lockFile } = await locked();
    writeTopology(directory, { tenants: { acme: {}, globex: {} } });
    const loaded = await loadTopology(file);
    rmSync(lockFile);
    mkdirSync(lockFile);
    await expect(updateLock(loaded, {})).rejects.toThrow(/cannot be written \(EISDIR\)/);
    expect(listing(directory)).toEqual(['topology.lock.json', 'topology.yaml']);
  });
});

describe('an input file', () => {
  it('is read as it is', async () => {
    const file = path.join(temporaryDirectory(), 'with blanks.yaml');
    writeFileSync(file, topologyText());
    await expect(readInput(file)).resolves.toBe(topologyText());
  });

  it.each([
    ['is not there', '/nonexistent/file', /^\/nonexistent\/file does not exist: check the path$/],
    ['is a directory', '/tmp', /^\/tmp is a directory: name the file in it$/],
    [
      'lies below a file',
      '/etc/hosts/file',
      /^\/etc\/hosts\/file does not exist, since a part of its path is a file/,
    ],
  ])('that %s is named with what to do', async (_, file, message) => {
    const failure = (await readInput(file).catch((error: unknown) => error)) as InputError;
    expect(failure).toBeInstanceOf(InputError);
    expect(failure.message).toMatch(message);
  });

  it('that may not be read is named with what to do', async () => {
    const file = path.join(temporaryDirectory(), 'private');
    writeFileSync(file, '');
    chmodSync(file, 0o000);
    // Root may read everything.
    const outcome = await readInput(file).catch((error: unknown) => String(error));
    expect(outcome).toMatch(
      process.getuid?.() === 0 ? /^$/ : /cannot be read \(EACCES\): check its permissions/,
    );
  });
});
