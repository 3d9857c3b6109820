import { readFileSync } from 'node:fs';

import { approveAll } from '@github/copilot-sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';

import { readConfig } from '../../../services/runtime-host/config.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { directive, STAND_IN_MODEL, standInGitHubToken } from '../../../topology/stand-in.js';
import { AzureStandIn, type Principal, type Vault } from '../../azure/stand-in/index.js';
import { environmentOf } from '../../support/processes.js';
import { waitFor } from '../../support/wait.js';
import { mayRead, VAULT_URL } from '../key-vault/support.js';
import { RUNTIME_ARGS, TestHost } from './host.js';

const token = 't0ken-'.repeat(8);
const githubToken = standInGitHubToken('service');

let azure: AzureStandIn;
let vault: Vault;
let identity: Principal;
let group: Readonly<Record<string, string>>;

beforeAll(async () => {
  azure = await AzureStandIn.start();
  vault = azure.addVault('acme');
  identity = azure.addIdentity('tenant-a');
  group = await azure.openGroup([identity]);
  vault.secrets.set('token', { value: token });
});
afterEach(() => azure.faults.clear());
afterAll(() => azure?.stop());

/** Variables of a container group, whose secrets have these names in the vault. */
const settings = (names: string, patienceSeconds = 60) => ({
  ...group,
  [HOST_ENV.secretsDir]: undefined,
  [HOST_ENV.keyVault]: VAULT_URL,
  [HOST_ENV.keyVaultSecrets]: names,
  [HOST_ENV.identity]: identity.clientId,
  [HOST_ENV.patience]: String(patienceSeconds),
});

const portOf = (host: TestHost) => Number(/"healthPort":(\d+),"msg":"waiting/.exec(host.output)?.[1]);

describe('a runtime host with a Key Vault', () => {
  it('waits for its role, says once why, answers probes meanwhile, and starts with what it has read', async () => {
    vault.secrets.set('github', { value: `${githubToken}\n` });
    const host = new TestHost({
      standIns: ['github'],
      env: settings('connection-token=token,github-token=github'),
      token,
    });
    await Promise.all([
      host.said('the secret token in acme.vault.azure.net may not be read'),
      host.said('the secret github in acme.vault.azure.net may not be read'),
    ]);
    const origin = `http://127.0.0.1:${portOf(host)}`;
    const [live, ready] = await Promise.all(['/livez', '/readyz'].map((path) => fetch(`${origin}${path}`)));
    expect([live?.status, ready?.status]).toEqual([200, 503]);
    expect(await ready?.text()).toContain('assign it the role');

    const refused = azure.exchanges.length;
    for (const name of ['token', 'github']) mayRead(azure, identity, vault, name);
    await host.message('ready');
    expect(azure.exchanges.length).toBeGreaterThan(refused);
    expect(host.output.match(/waiting for the secrets/g)).toHaveLength(2);

    const runtime = environmentOf(host.listening.runtimePid);
    expect(runtime.COPILOT_CONNECTION_TOKEN).toBe(token);
    expect(runtime.COPILOT_GITHUB_TOKEN).toBe(githubToken);
    expect(Object.keys(runtime).filter((name) => name.startsWith('COPILOT_RUNTIMES_'))).toEqual([]);
    const visible = [
      host.output,
      readFileSync(`/proc/${host.pid}/environ`, 'utf8'),
      readFileSync(`/proc/${host.pid}/cmdline`, 'utf8'),
      JSON.stringify(await host.get('/readyz')),
    ].join('\n');
    for (const secret of [token, githubToken]) expect(visible).not.toContain(secret);
  });

  it('ends at once when it is stopped while it waits', async () => {
    const host = new TestHost({ env: settings('connection-token=nobody-may') });
    await host.said('waiting for the secrets');
    const began = performance.now();
    host.signal('SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('gives up in the end and says what is missing, exit code 1', async () => {
    const host = new TestHost({ env: settings('connection-token=nobody-may', 1) });
    expect(await host.exited).toMatchObject({ code: 1 });
    const told = host.messages.find((message) => message.type === 'failed')?.message;
    expect(told).toMatch(
      /^gave up on the secrets of this runtime: the secret nobody-may in acme.* assign it the role/,
    );
    expect(host.output).not.toMatch(/\n\s+at /);
  });

  it('refuses values that are none at once, all in one message without them, exit code 2', async () => {
    vault.secrets.set('short', { value: 'a'.repeat(31) });
    vault.secrets.set('lines', { value: 'first\nsecond' });
    vault.secrets.set('empty', { value: ' ' });
    for (const name of ['short', 'lines', 'empty']) mayRead(azure, identity, vault, name);
    const [short, empty] = [
      new TestHost({ env: settings('connection-token=short,github-token=lines') }),
      new TestHost({ env: settings('connection-token=empty,github-token=empty') }),
    ];
    expect((await Promise.all([short.exited, empty.exited])).map(({ code }) => code)).toEqual([2, 2]);
    expect(short.output).toContain('2 mistakes in the configuration');
    expect(short.output).toContain(
      'the secret short in acme.vault.azure.net must have at least 32 characters, got 31',
    );
    expect(short.output).toContain('the secret lines in acme.vault.azure.net must hold one line');
    expect(short.output).not.toMatch(/aaaa|first|second/);
    expect(empty.output).toContain('a runtime without a token is open to everyone');
    expect(empty.output).toContain('write the token into it, or take it out of the topology');
  });
});

describe('a runtime host whose secrets in a Key Vault change', () => {
  const other = 'an0ther-'.repeat(8);
  const start = (name: string) => {
    vault.secrets.set(name, { value: token });
    mayRead(azure, identity, vault, name);
    const env = { ...settings(`connection-token=${name}`), [HOST_ENV.vaultPoll]: '1' };
    return TestHost.ready({ env, token, standIns: ['model'] });
  };

  it('replaces its runtime when running turns have finished, and refuses the old token from then on', async () => {
    const host = await start('rotated');
    const { runtimePid } = host.listening;
    const session = await (
      await host.client()
    ).createSession({
      sessionId: 'busy',
      availableTools: [],
      onPermissionRequest: approveAll,
      model: STAND_IN_MODEL,
      provider: { type: 'openai', baseUrl: `${host.standIn}/v1`, apiKey: 'key' },
    });
    const begun = new Promise<void>((resolve) => session.on('assistant.turn_start', () => resolve()));
    const prompt = directive({ stream: { chunks: 25, intervalMs: 100 } });
    const answer = session.sendAndWait({ prompt }, 20_000);
    await begun;
    vault.secrets.set('rotated', { value: other });
    await host.said('waiting for running turns');
    expect((await answer)?.data.content).toContain('chunk 25 of 25');
    await waitFor('another runtime', () => host.listening.runtimePid !== runtimePid);
    await expect(host.client()).rejects.toMatchObject({ code: -32002 });
    const again = await host.client(other);
    expect((await again.listSessions()).map(({ sessionId }) => sessionId)).toEqual(['busy']);
    expect(host.output).not.toContain(other);
  });

  it('keeps what it has while they cannot be read or used, says once why, and takes up what can be', async () => {
    const host = await start('fickle');
    const { runtimePid } = host.listening;
    const version = vault.secrets.get('fickle')!.version;
    vault.secrets.update('fickle', version, { attributes: { enabled: false } });
    await host.said('the secret fickle in acme.vault.azure.net is disabled: enable it');
    vault.secrets.update('fickle', version, { attributes: { enabled: true } });
    vault.secrets.set('fickle', { value: 'short' });
    await host.said('must have at least 32 characters, got 5');
    const looks = azure.exchanges.length;
    await waitFor('another look', () => azure.exchanges.length > looks + 1);
    expect(host.output.match(/those in force stay/g)).toHaveLength(2);
    expect(host.listening.runtimePid).toBe(runtimePid);
    await expect(host.get('/readyz')).resolves.toMatchObject({ status: 200 });
    vault.secrets.set('fickle', { value: other });
    await waitFor('another runtime', () => host.listening.runtimePid !== runtimePid);
    await host.client(other);
  });
});

describe('a configuration with Azure in it', () => {
  const record =
    '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/privateDnsZones/copilot.internal/A/acme';
  const right = {
    [HOST_ENV.home]: '/home',
    [HOST_ENV.keyVault]: VAULT_URL,
    [HOST_ENV.keyVaultSecrets]: 'connection-token=prod-acme, github-token=prod-acme-gh,provider-key=x',
    [HOST_ENV.identity]: '00000000-0000-4000-8000-000000000001',
    [HOST_ENV.dnsRecord]: record,
  };
  const read = (changes: Readonly<Record<string, string | undefined>>) => {
    const mistakes: string[] = [];
    const config = readConfig(RUNTIME_ARGS, { ...right, ...changes }, mistakes);
    return { config, mistakes };
  };

  it('says where each secret and the record are', () => {
    const { config, mistakes } = read({});
    expect(mistakes).toEqual([]);
    expect(config).toMatchObject({
      vault: {
        url: VAULT_URL,
        connectionToken: 'prod-acme',
        githubToken: 'prod-acme-gh',
        patienceMs: 600_000,
        pollMs: 300_000,
      },
      record: {
        id: record,
        identity: right[HOST_ENV.identity],
        resourceManager: 'https://management.azure.com',
      },
    });
  });

  it.each([
    ['https://acme.vault.usgovcloudapi.net/', 'https://management.usgovcloudapi.net'],
    ['https://acme.vault.azure.cn', 'https://management.chinacloudapi.cn'],
    ['https://acme.vault.azure.net', 'https://management.azure.com'],
  ])('asks for records in the cloud of the vault: %s', (url, resourceManager) => {
    expect(read({ [HOST_ENV.keyVault]: url }).config.record).toMatchObject({ resourceManager });
  });

  it.each<[string, Readonly<Record<string, string | undefined>>, RegExp]>([
    [
      'names without a vault',
      { [HOST_ENV.keyVault]: '' },
      /SECRETS is set without COPILOT_RUNTIMES_KEY_VAULT/,
    ],
    [
      'a vault without names',
      { [HOST_ENV.keyVaultSecrets]: '' },
      /must name the connection-token, got nothing/,
    ],
    [
      'names without a token',
      { [HOST_ENV.keyVaultSecrets]: 'github-token=x' },
      /must name the connection-token/,
    ],
    [
      'a name of no file',
      { [HOST_ENV.keyVaultSecrets]: 'connection-token=a,token=b' },
      /comma list of <connection-token \| github-token \| provider-key>=<name in the vault>/,
    ],
    [
      'a name that a vault refuses',
      { [HOST_ENV.keyVaultSecrets]: 'connection-token=a_b' },
      /comma list of .*, got "connection-token=a_b"/,
    ],
    ['a vault that is no URL', { [HOST_ENV.keyVault]: 'acme' }, /must be the URL of a vault, got "acme"/],
    [
      'a vault over plain HTTP',
      { [HOST_ENV.keyVault]: 'http://acme.vault.azure.net/' },
      /the URL of a vault/,
    ],
    ['no identity', { [HOST_ENV.identity]: '' }, /IDENTITY must be a client id \(UUID\), got nothing/],
    ['an identity that is none', { [HOST_ENV.identity]: 'acme' }, /must be a client id \(UUID\), got "acme"/],
    [
      'an identity for nothing',
      { [HOST_ENV.keyVault]: '', [HOST_ENV.keyVaultSecrets]: '', [HOST_ENV.dnsRecord]: '' },
      /IDENTITY is set, but nothing that it is for/,
    ],
    [
      'a record of another kind',
      { [HOST_ENV.dnsRecord]: record.replace('/A/', '/CNAME/') },
      /an A record set/,
    ],
    ['all of a zone', { [HOST_ENV.dnsRecord]: record.replace('/A/acme', '') }, /an A record set/],
    ['patience of no number', { [HOST_ENV.patience]: 'long' }, /must be a number of seconds, got "long"/],
    ['a poll of no time', { [HOST_ENV.vaultPoll]: '0' }, /seconds from 1 to 99999, got "0": use 300/],
    ['files as well', { [HOST_ENV.secretsDir]: '/secrets' }, /SECRETS_DIR and .*KEY_VAULT are both set/],
  ])('is refused with %s', (_, changes, message) => {
    const { mistakes } = read(changes);
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toMatch(message);
  });
});

describe('a runtime host without a Key Vault', () => {
  const loads = async (entry: string) => {
    const { metafile } = await build({
      entryPoints: [entry],
      bundle: true,
      splitting: true,
      outdir: 'none',
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
      logLevel: 'silent',
    });
    const [output] = Object.values(metafile.outputs).filter(({ entryPoint }) => entryPoint === entry);
    const seen = new Set<string>();
    const visit = (imports: NonNullable<typeof output>['imports']) => {
      for (const { path, kind, external } of imports) {
        if (kind !== 'import-statement' || seen.has(path)) continue;
        seen.add(path);
        if (!external) visit(metafile.outputs[path]?.imports ?? []);
      }
    };
    visit(output?.imports ?? []);
    return [...seen].filter((name) => name.startsWith('@azure/'));
  };

  it('loads no SDK of Azure, nor does a gateway', async () => {
    expect(await loads('services/runtime-host/main.ts')).toEqual([]);
    expect(await loads('services/gateway/main.ts')).toEqual([]);
    // The negative twin.
    expect(await loads('services/runtime-host/vault-secrets.ts')).toContain('@azure/identity');
  });
});
