import { describe, expect, it } from '@jest/globals';

import {
  InputError,
  MANIFEST_VERSION,
  localFiles,
  lockOf,
  manifestOf,
  parseManifest,
  planTopology,
  type Manifest,
} from '../../topology/index.js';
import { manifestSlice } from '../../topology/manifest.js';

import { minimal, topologyOf } from './arbitraries.js';

type Kind = Parameters<typeof minimal>[1];

const planOf = (changes: Record<string, unknown> = {}, kind?: Kind) =>
  planTopology(topologyOf(minimal(changes, kind)));
const manifest = (changes: Record<string, unknown> = {}, kind?: Kind): Manifest =>
  manifestOf(planOf(changes, kind));

describe('a manifest', () => {
  it('has its version and is a pure function of the plan', () => {
    const plan = Object.freeze(planOf({}, { pattern: 'hybrid' }));
    expect(manifestOf(plan)).toEqual(manifestOf(plan));
    expect(manifestOf(plan)).toMatchObject({
      manifestVersion: MANIFEST_VERSION,
      name: 'prod',
      platform: 'local',
      pattern: 'hybrid',
    });
  });

  it('says where to connect and where the token is: local', () => {
    const { runtimes } = manifest();
    expect(runtimes['tenant/acme']).toEqual({
      tenant: 'acme',
      state: 'active',
      endpoint: { kind: 'local', file: 'tenant/acme/endpoint.json' },
      connectionToken: { kind: 'file', path: 'tenant/acme/secrets/connection-token' },
      expect: {
        home: 'tenant/acme/home',
        binary: 'native',
        integrationId: 'acme',
        idleTimeoutSeconds: 1800,
        sessionTtlHours: 168,
        githubIdentity: false,
        standIns: ['model'],
      },
    });
    expect(localFiles('tenant/acme').endpoint).toBe('tenant/acme/endpoint.json');
  });

  it('says where to connect and where the token is: Kubernetes', () => {
    const { runtimes } = manifest({}, { platform: 'kubernetes', pattern: 'hybrid' });
    const namespace = expect.stringMatching(/^prod-tenant-acme-[a-z2-7]{10}$/);
    const pool = expect.stringMatching(/^prod-pool-[a-z2-7]{10}$/);
    expect(runtimes['tenant/acme']).toMatchObject({
      endpoint: { kind: 'service', namespace, name: 'runtime', port: 4321 },
      connectionToken: {
        kind: 'kubernetesSecret',
        namespace,
        name: 'runtime-connection-token',
        key: 'connection-token',
      },
      expect: { home: '/var/lib/copilot/home' },
    });
    expect(runtimes['pool/1']).toMatchObject({
      replica: 1,
      endpoint: { kind: 'service', namespace: pool, name: 'runtime-1' },
      connectionToken: { name: 'runtime-1-connection-token' },
    });
  });

  it('says where to connect and where the token is: Azure', () => {
    const { runtimes } = manifest({}, { platform: 'azure' });
    expect(runtimes['tenant/acme']).toMatchObject({
      endpoint: {
        kind: 'dns',
        host: expect.stringMatching(/^prod-tenant-acme-[a-z2-7]{10}\.copilot\.internal$/),
        port: 4321,
      },
      connectionToken: {
        kind: 'keyVaultSecret',
        name: expect.stringMatching(/^prod-tenant-acme-[a-z2-7]{10}$/),
      },
    });
  });

  it('says which provider sessions use and where its key is, never the key', () => {
    const provider = { baseUrl: 'https://m.example/v1', model: 'm' };
    const withKey = (apiKey: unknown) => ({
      runtime: { integrationId: 'acme', image: 'r:1', auth: { provider: { ...provider, apiKey } } },
    });
    const of = (apiKey: unknown, platform: 'local' | 'kubernetes' | 'azure') =>
      manifest(withKey(apiKey), { platform }).runtimes['tenant/acme']?.provider;
    expect(of({ env: 'KEY' }, 'local')).toEqual({
      ...provider,
      type: 'openai',
      apiKey: { kind: 'file', path: 'tenant/acme/secrets/provider-key' },
    });
    expect(of({ variable: 'key' }, 'kubernetes')?.apiKey).toMatchObject({
      name: 'runtime-provider-key',
      key: 'provider-key',
    });
    expect(of({ existingSecret: { name: 'theirs', key: 'k' } }, 'kubernetes')?.apiKey).toMatchObject({
      name: 'theirs',
      key: 'k',
    });
    expect(of({ existingSecret: { name: 'theirs' } }, 'azure')?.apiKey).toEqual({
      kind: 'keyVaultSecret',
      vault: 'https://acme.vault.azure.net/',
      name: 'theirs',
    });
    expect(of({ variable: 'key' }, 'azure')?.apiKey).not.toEqual(of({ variable: 'key' }, 'azure'));
    expect(of(undefined, 'local')).toEqual({ ...provider, type: 'openai' });
  });

  it('routes: a runtime, the replicas of the pool, or nowhere', () => {
    const tenants = {
      a: { placement: 'dedicated' },
      b: { placement: 'pool' },
      c: { placement: 'pool', state: 'suspended' },
    };
    expect(manifest({ tenants }, { pattern: 'hybrid' }).routes).toEqual({
      a: { to: 'runtime', runtime: 'tenant/a' },
      b: { to: 'pool', token: { kind: 'file', path: 'gateway/tokens/b.a' }, replicas: ['pool/0', 'pool/1'] },
      c: { to: 'nowhere', state: 'suspended' },
    });
  });

  it('still lists what a tenant that moved into the pool left behind, as retired', () => {
    const before = topologyOf(
      minimal({ tenants: { acme: { placement: 'dedicated' } } }, { pattern: 'hybrid' }),
    );
    const after = topologyOf(minimal({ tenants: { acme: { placement: 'pool' } } }, { pattern: 'hybrid' }));
    const { runtimes, routes } = manifestOf(planTopology(after, lockOf(before, planTopology(before))));
    expect(runtimes['tenant/acme']?.state).toBe('retired');
    expect(routes.acme).toMatchObject({ to: 'pool', replicas: ['pool/0', 'pool/1'] });
  });

  it('takes over what is accepted', () => {
    const accept = { networkPolicyNotEnforced: true };
    expect(manifest({ smoke: { accept } }).accept).toEqual(accept);
  });
});

describe('a slice for one tenant', () => {
  const plan = planOf({}, { pattern: 'hybrid' });

  it('has its own runtime and route and nothing of others', () => {
    const slice = manifestSlice(plan, 'acme');
    expect(Object.keys(slice.runtimes)).toEqual(['tenant/acme']);
    expect(Object.keys(slice.routes)).toEqual(['acme']);
    expect(parseManifest(JSON.stringify(slice))).toEqual(slice);
  });

  it('has no tokens of the pool', () => {
    expect(manifestSlice(plan, 'globex').runtimes).toEqual({});
  });

  it('is empty for nobody', () => {
    for (const id of ['nobody', 'constructor', 'toString', '__proto__']) {
      const slice = manifestSlice(plan, id);
      expect(slice.runtimes).toEqual({});
      expect(Object.keys(slice.routes)).toEqual([]);
    }
  });
});

describe('reading a manifest', () => {
  const good = manifest({}, { pattern: 'hybrid' });
  const read = (value: unknown) => () =>
    parseManifest(typeof value === 'string' ? value : JSON.stringify(value), 'm.json');

  it('gives back what was written', () => {
    expect(read(good)()).toEqual(good);
  });

  it.each<[string, unknown, string]>([
    [
      'another version',
      { ...good, manifestVersion: 2 },
      'm.json manifestVersion must be 1, got 2: use the version of copilot-runtimes that wrote it, or write it anew with "copilot-runtimes up" or "cdktf synth"',
    ],
    ['no version', {}, 'm.json manifestVersion must be 1, got nothing'],
    ['no JSON', 'nope', 'm.json is not valid JSON: write it anew'],
    ['no object', '[]', 'm.json must be a JSON object, got []'],
    ['null', 'null', 'm.json must be a JSON object, got null'],
  ])('%s is refused', (_, value, message) => {
    expect(read(value)).toThrow(InputError);
    expect(read(value)).toThrow(message);
  });

  it('refuses what it does not know, so that no secret rides along', () => {
    const runtimes = { ...good.runtimes, 'tenant/acme': { ...good.runtimes['tenant/acme'], token: 'x' } };
    expect(read({ ...good, runtimes })).toThrow(
      'm.json runtimes["tenant/acme"] is not what this version writes (unrecognized key: "token"): write it anew',
    );
  });

  it('names every mistake at once', () => {
    expect(read({ ...good, name: 1, pattern: 'x' })).toThrow(/m\.json name .*\nm\.json pattern /);
  });
});
