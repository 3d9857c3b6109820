import { describe, expect, it } from '@jest/globals';

import { gatewayConfigSchema } from '../../topology/gateway-contract.js';
import {
  gatewayConfig,
  gatewayTokenName,
  manifestOf,
  parseManifest,
  planTopology,
  preferredSlot,
  type GatewayPlan,
  type Platform,
} from '../../topology/index.js';
import { manifestSlice } from '../../topology/manifest.js';

import { minimal, topologyOf } from './arbitraries.js';

type Changes = Record<string, unknown>;

const plan = (changes: Changes = {}, platform: Platform = 'local') =>
  planTopology(topologyOf(minimal(changes, { platform, pattern: 'shared' })));

function gatewayOf(changes: Changes = {}, platform: Platform = 'local'): GatewayPlan {
  const { gateway } = plan(changes, platform);
  if (!gateway) throw new Error('no gateway is planned');
  return gateway;
}

describe('the plan of the gateway', () => {
  it('is there with a pool, and only then', () => {
    expect(gatewayOf().runtimes).toEqual(['pool/0', 'pool/1']);
    expect(planTopology(topologyOf(minimal())).gateway).toBeUndefined();
  });

  it.each<[Platform, number]>([
    ['local', 1],
    ['kubernetes', 2],
    ['azure', 1],
  ])('has on %s %i gateways, unless the topology says otherwise', (platform, replicas) => {
    expect(gatewayOf({}, platform).replicas).toBe(replicas);
  });

  it('shares the sessions of a replica out among the gateways', () => {
    const pool = { replicas: 2, maxSessionsPerReplica: 101, gateway: { replicas: 2 } };
    expect(gatewayOf({ pool }, 'kubernetes').sessionsPerReplica).toBe(51);
  });

  it('waits for a replica as long as one drains and another one starts, unless the topology says otherwise', () => {
    expect(gatewayOf({ runtime: { integrationId: 'x', drainSeconds: 45 } }).replicaWaitSeconds).toBe(75);
    const pool = { replicas: 1, gateway: { replicaWaitSeconds: 5 } };
    expect(gatewayOf({ pool }).replicaWaitSeconds).toBe(5);
  });

  it('gives a tenant its own limits and policy, key by key, and the others those of the pool', () => {
    const { tenants } = gatewayOf({
      pool: { replicas: 1, gateway: { limits: { turns: 3 }, policy: { builtInTools: ['view'] } } },
      tenants: { acme: { limits: { sessions: 7 }, policy: { builtInTools: [] } }, globex: {} },
    });
    expect(tenants.acme).toMatchObject({
      limits: { turns: 3, sessions: 7, frameMiB: 16 },
      policy: { builtInTools: [], poolIdentity: false },
    });
    expect(tenants.globex).toMatchObject({
      limits: { turns: 3, sessions: 50 },
      policy: { builtInTools: ['view'] },
    });
  });

  it('has only tenants that are active and in the pool', () => {
    const tenants = {
      own: { placement: 'dedicated' },
      off: { placement: 'pool', state: 'suspended' },
      on: { placement: 'pool' },
    };
    expect(Object.keys(gatewayOf({ pattern: 'hybrid', tenants }).tenants)).toEqual(['on']);
  });

  it('knows whether the replicas have an identity, which sessions must not inherit', () => {
    const runtime = { integrationId: 'x', auth: { githubToken: { env: 'T' } } };
    expect(gatewayOf().poolHasIdentity).toBe(false);
    expect(gatewayOf({ runtime }).poolHasIdentity).toBe(true);
  });
});

describe('the configuration of the gateway', () => {
  const place = {
    listen: '127.0.0.1:0',
    health: '127.0.0.1:0',
    replicas: { 'pool/0': { address: '127.0.0.1:4321', connectionTokenFile: '/t' } },
    tokens: { kind: 'directory', path: '/tokens' },
  } as const;

  it('is what its schema accepts', () => {
    const config = gatewayConfig(gatewayOf(), place);
    expect(gatewayConfigSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
    expect(config.tenants.acme?.tokens).toEqual({ a: 1 });
    expect(config.sharedStorage).toBeUndefined();
    expect(config.sessionTtlHours).toBeUndefined();
  });

  it('has the gateway delete expired sessions where replicas share them, and only there', () => {
    const pool = { replicas: 2, storage: 'shared', lock: { redis: { url: 'redis://127.0.0.1:6379' } } };
    const runtime = { integrationId: 'x', sessionTtlHours: 24 };
    expect(gatewayConfig(gatewayOf({ pool, runtime }), place).sessionTtlHours).toBe(24);
    expect(gatewayConfig(gatewayOf({ runtime }), place).sessionTtlHours).toBeUndefined();
  });

  it('says nothing that only a platform needs to know', () => {
    const { tenants } = gatewayConfig(gatewayOf(), place);
    expect(Object.keys(tenants.acme!).sort()).toEqual(['limits', 'policy', 'tokens']);
  });

  it('refuses keys that it does not know', () => {
    const config = { ...gatewayConfig(gatewayOf(), place), token: 'secret' };
    expect(() => gatewayConfigSchema.parse(config)).toThrow(/unrecognized key/i);
  });
});

describe('the token that a client uses', () => {
  it.each<[{ a?: number; b?: number }, string]>([
    [{ a: 1 }, 'a'],
    [{ b: 1 }, 'b'],
    [{ a: 2, b: 1 }, 'a'],
    [{ a: 1, b: 2 }, 'b'],
    [{ a: 2, b: 2 }, 'b'],
  ])('of slots %j is %s', (slots, slot) => {
    expect(preferredSlot(slots)).toBe(slot);
  });

  it('is on each platform in a place of its own', () => {
    const tenants = { acme: { gatewayToken: { a: 1, b: 2 } } };
    const token = (platform: Platform) => {
      const route = manifestOf(plan({ tenants }, platform)).routes.acme;
      return route?.to === 'pool' ? route.token : undefined;
    };
    expect(token('local')).toEqual({ kind: 'file', path: 'gateway/tokens/acme.b' });
    expect(token('kubernetes')).toEqual({
      kind: 'kubernetesSecret',
      namespace: expect.stringMatching(/^prod-pool-[a-z2-7]{10}$/),
      name: 'gateway-token-acme-b',
      key: 'gateway-token',
    });
    expect(token('azure')).toEqual({
      kind: 'keyVaultSecret',
      vault: 'https://acme.vault.azure.net/',
      name: expect.stringMatching(/^prod-gateway-acme-b-[a-z2-7]{10}$/),
    });
    expect(gatewayTokenName('x'.repeat(40), 'b').length).toBeLessThanOrEqual(63);
  });
});

describe('the gateway in the manifest', () => {
  it.each<[Platform, unknown]>([
    ['local', { kind: 'local', file: 'gateway/endpoint.json' }],
    ['kubernetes', { kind: 'service', namespace: expect.any(String), name: 'gateway', port: 4322 }],
    [
      'azure',
      {
        kind: 'dns',
        host: expect.stringMatching(/^prod-gateway-[a-z2-7]{10}\.copilot\.internal$/),
        port: 4322,
      },
    ],
  ])('says where tenants connect: %s', (platform, endpoint) => {
    const manifest = manifestOf(plan({}, platform));
    expect(manifest.gateway).toMatchObject({
      endpoint,
      expect: { routing: 'stickySession', sharedStorage: false },
    });
    expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
  });

  it('is in the slice of a pooled tenant, with nothing of a replica or of another tenant', () => {
    const pooled = plan({}, 'kubernetes');
    const slice = manifestSlice(pooled, 'acme');
    expect(slice.gateway).toEqual({
      ...manifestOf(pooled).gateway,
      expect: { ...manifestOf(pooled).gateway?.expect, tenants: { acme: expect.anything() } },
    });
    expect(slice.runtimes).toEqual({});
    const text = JSON.stringify(slice);
    expect(text).toContain('gateway-token-acme-a');
    expect(text).not.toMatch(/globex|connection-token|runtime-0/);
    // The negative twin: all of it is in the operator's manifest.
    expect(JSON.stringify(manifestOf(pooled))).toMatch(/globex.*|connection-token.*|runtime-0/);
    expect(parseManifest(text)).toEqual(slice);
  });

  it('is in no slice of a tenant with a runtime of its own', () => {
    const hybrid = planTopology(topologyOf(minimal({}, { pattern: 'hybrid' })));
    expect(manifestSlice(hybrid, 'acme').gateway).toBeUndefined();
    expect(manifestSlice(hybrid, 'globex').gateway).toBeDefined();
  });
});
