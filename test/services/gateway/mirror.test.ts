import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, it } from '@jest/globals';

import { SecretFiles } from '../../../services/gateway/vault/files.js';
import { VaultMirror } from '../../../services/gateway/vault/mirror.js';
import { AzureFailure, type Missing } from '../../../services/managed-identity/failure.js';
import type { GatewayConfig } from '../../../topology/gateway-contract.js';
import { afterTest, temporaryDirectory } from '../../support/cleanup.js';
import { contents, listing, modeOf } from '../../support/files.js';
import { waitFor } from '../../support/wait.js';

type Files = NonNullable<GatewayConfig['keyVaultFiles']>;

/** A vault in memory, whose reads are counted. */
class MemoryVault {
  readonly reads: string[] = [];
  readonly #secrets = new Map<string, { readonly value: string; readonly version: string }>();
  /** Secrets that cannot be read; all, by the name `*`. */
  readonly missing = new Map<string, Missing>();
  #version = 0;

  set(name: string, value: string): void {
    this.#secrets.set(name, { value, version: String(++this.#version) });
  }

  async read(name: string) {
    this.reads.push(name);
    const missing = this.missing.get(name) ?? this.missing.get('*');
    if (missing) throw new AzureFailure(missing, `${name} is not there for now`);
    const secret = this.#secrets.get(name);
    if (!secret) throw new AzureFailure('secret', `${name} does not exist`);
    return secret;
  }
}

const configOf = (keyVaultFiles: Files, more: Partial<GatewayConfig> = {}): GatewayConfig => ({
  listen: '127.0.0.1:0',
  health: '127.0.0.1:0',
  replicas: {},
  tenants: {},
  tokens: { kind: 'directory', path: '/nowhere' },
  routing: 'stickySession',
  replicaWaitSeconds: 0,
  drainSeconds: 0,
  sessionsPerReplica: 1,
  poolHasIdentity: false,
  ...more,
  keyVaultFiles,
});
const entry = (secret: string, revision = 1) => ({ secret, revision });

async function mirrored(keyVaultFiles: Files, { recheckMs = 60_000, prepare = (_: MemoryVault) => {} } = {}) {
  const vault = new MemoryVault();
  const directory = path.join(temporaryDirectory(), 'mirror');
  const warnings: string[] = [];
  const setConfig = (files: Files, more?: Partial<GatewayConfig>) =>
    vault.set('config', JSON.stringify(configOf(files, more)));
  setConfig(keyVaultFiles);
  for (const name of ['one', 'two']) vault.set(name, `value of ${name}`);
  prepare(vault);
  const mirror = new VaultMirror({
    vault,
    configSecret: 'config',
    files: new SecretFiles(directory),
    configFile: 'gateway.json',
    log: { info: () => undefined, warn: ({ reason }: { reason: string }) => warnings.push(reason) } as never,
    pollMs: 10,
    recheckMs,
  });
  afterTest(() => mirror.close());
  await mirror.start(0, () => undefined);
  const read = (file: string) => readFileSync(path.join(directory, file), 'utf8');
  const polls = async (count: number) => {
    const from = vault.reads.filter((name) => name === 'config').length;
    await waitFor('polls', () => vault.reads.filter((name) => name === 'config').length >= from + count);
  };
  return {
    vault,
    directory,
    warnings,
    setConfig,
    read,
    polls,
    has: (file: string) => existsSync(path.join(directory, file)),
  };
}

describe('the mirror of a vault', () => {
  it('has every file when it has started, for nobody else to read', async () => {
    const { directory } = await mirrored({ 'tokens/acme.a': entry('one'), 'redis-password': entry('two') });
    const { 'gateway.json': config, ...files } = contents(directory);
    expect(files).toEqual({ 'tokens/acme.a': 'value of one', 'redis-password': 'value of two' });
    expect(JSON.parse(config!)).toMatchObject({ routing: 'stickySession' });
    for (const file of listing(directory)) {
      expect(modeOf(path.join(directory, file))).toBe(file === 'tokens' ? 0o700 : 0o600);
    }
    expect(modeOf(directory)).toBe(0o700);
  });

  it('reads a secret again only when its revision says so, and the configuration with every look', async () => {
    const { vault, setConfig, read, polls } = await mirrored({
      'tokens/acme.a': entry('one'),
      x: entry('two'),
    });
    await polls(3);
    expect(vault.reads.filter((name) => name !== 'config').sort()).toEqual(['one', 'two']);

    vault.set('one', 'rotated');
    await polls(2);
    expect(read('tokens/acme.a')).toBe('value of one');
    setConfig({ 'tokens/acme.a': entry('one', 2), x: entry('two') });
    await waitFor('the new value', () => read('tokens/acme.a') === 'rotated');
    expect(vault.reads.filter((name) => name === 'two')).toHaveLength(1);
  });

  it('goes on reading a secret whose revision rose before its value changed, until it does', async () => {
    const { vault, setConfig, read, polls } = await mirrored({ x: entry('one'), y: entry('two') });
    setConfig({ x: entry('one', 2), y: entry('two') });
    await polls(3);
    expect(read('x')).toBe('value of one');
    vault.set('one', 'rotated');
    await waitFor('the new value', () => read('x') === 'rotated');
    await polls(1);
    const { length } = vault.reads.filter((name) => name === 'one');
    await polls(3);
    expect(vault.reads.filter((name) => name === 'one')).toHaveLength(length);
  });

  it('reads all of them again after a while, for a value that was written by hand', async () => {
    const { vault, read } = await mirrored({ x: entry('one') }, { recheckMs: 50 });
    vault.set('one', 'by hand');
    await waitFor('the new value', () => read('x') === 'by hand');
    expect(vault.reads.filter((name) => name === 'one').length).toBeGreaterThan(1);
  });

  it('writes the secrets of a configuration before the configuration, and removes files that it no longer names', async () => {
    const { vault, directory, setConfig, read, has } = await mirrored({ 'tokens/acme.a': entry('one') });
    vault.set('three', 'value of three');
    setConfig({ 'tokens/globex.a': entry('three') }, { routing: 'roundRobin' });
    await waitFor('the new configuration', () => {
      if (!read('gateway.json').includes('roundRobin')) return false;
      expect(has('tokens/globex.a')).toBe(true);
      return true;
    });
    await waitFor('the end of the old file', () => !has('tokens/acme.a'));
    expect(listing(directory)).toEqual(['gateway.json', 'tokens', 'tokens/globex.a']);
  });

  it.each<Missing>(['network', 'role', 'identity', 'service'])(
    'keeps what was known while the %s is missing, and says so once',
    async (missing) => {
      const { vault, directory, warnings, polls } = await mirrored({ x: entry('one') }, { recheckMs: 20 });
      const before = contents(directory);
      vault.missing.set('*', missing);
      await polls(6);
      expect(contents(directory)).toEqual(before);
      expect([...warnings].sort()).toEqual(['config is not there for now', 'one is not there for now']);
    },
  );

  it('takes the file of a secret that is gone or disabled with it, and writes it again when it is back', async () => {
    const { vault, has, read } = await mirrored({ x: entry('one') }, { recheckMs: 20 });
    vault.missing.set('one', 'secret');
    await waitFor('the end of the file', () => !has('x'));
    vault.missing.clear();
    await waitFor('the file', () => has('x'));
    expect(read('x')).toBe('value of one');
  });

  it('starts without a secret that is not there, which stops nobody else, and takes it up when it is', async () => {
    const { vault, has } = await mirrored({ x: entry('later'), y: entry('one') });
    expect([has('x'), has('y'), has('gateway.json')]).toEqual([false, true, true]);
    vault.set('later', 'now');
    await waitFor('the file', () => has('x'));
  });

  it('keeps a configuration in force when the next one cannot be used', async () => {
    const { vault, directory, warnings, polls } = await mirrored({ x: entry('one') });
    const before = contents(directory);
    vault.set('config', '{"listen": 1}');
    await polls(3);
    expect(contents(directory)).toEqual(before);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('the secret config cannot be used:');
  });

  it('unpacks a configuration that had no room in a secret as it is', async () => {
    const text = JSON.stringify(configOf({ x: entry('one') }, { drainSeconds: 77 }));
    const packed = gzipSync(text).toString('base64');
    const { read } = await mirrored({}, { prepare: (vault) => vault.set('config', packed) });
    expect(read('gateway.json')).toBe(text);
    expect(read('x')).toBe('value of one');
  });

  it.each([
    ['nothing', ''],
    ['neither JSON nor gzip', 'bm90aGluZw=='],
    ['half of a gzip', gzipSync('{}').toString('base64').slice(0, 10)],
  ])('does not start with %s for a configuration', async (_, text) => {
    await expect(mirrored({}, { prepare: (vault) => vault.set('config', text) })).rejects.toThrow(
      'the secret config is not JSON: write it anew',
    );
  });

  it('makes a directory private that was there, and leaves what others have in it alone', async () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 'other'), 'x');
    const files = new SecretFiles(directory);
    await files.open();
    await files.write('tokens/a', 'v');
    await files.remove('tokens/a');
    await files.remove('tokens/a');
    expect(contents(directory)).toEqual({ other: 'x' });
    expect(modeOf(directory)).toBe(0o700);
  });

  it('says so when there is no place for secrets', async () => {
    const file = path.join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(new SecretFiles(path.join(file, 'mirror')).open()).rejects.toThrow(
      /^cannot keep secrets in .*mirror \(ENOTDIR\): set COPILOT_RUNTIMES_GATEWAY_CONFIG to a file/,
    );
  });
});
