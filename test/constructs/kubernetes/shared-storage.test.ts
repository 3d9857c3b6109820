import { describe, expect, it } from '@jest/globals';
import { TerraformStack } from 'cdktf';

import { RuntimePool, type RuntimePoolProps } from '../../../constructs/kubernetes/index.js';
import { manifestOf } from '../../../topology/index.js';

import { all, newApp, only, plan, synthPlan, topology, type Json } from './support.js';

const PASSWORD = { variable: 'redis_password', revision: 3 };

const pooled = (changes: object = {}, redis: object = {}) =>
  topology('shared', {
    pool: {
      replicas: 2,
      storage: 'shared',
      class: 'nfs',
      sizeGiB: 20,
      lock: { redis: { url: 'redis://10.9.8.7:6380', password: PASSWORD, ...redis } },
      ...changes,
    },
  });

const base = (input: Json) => synthPlan(plan(input).plan)['prod-base']!;
const env = (deployment: Json): Record<string, string> =>
  Object.fromEntries(
    deployment.spec.template.spec.container[0].env.map(({ name, value }: Json) => [name, value]),
  );
const replicas = (stack: Json): Json[] =>
  all(stack, 'deployment').filter(({ metadata }) => metadata.name !== 'gateway');
const gatewayConfig = (stack: Json): Json =>
  JSON.parse(only(stack, 'config_map', 'gateway').data['gateway.json']);
const redisEgress = (stack: Json): Json[] =>
  only(stack, 'network_policy', 'gateway-egress').spec.egress.filter(({ ports }: Json) =>
    ports.some(({ port }: Json) => ['6379', '6380'].includes(port)),
  );

describe('a pool with shared storage', () => {
  it('has one volume that all replicas write, each with a home of its own on it', () => {
    const stack = base(pooled());
    const claim = only(stack, 'persistent_volume_claim');
    expect(claim).toMatchObject({
      metadata: { name: 'pool-state', labels: { 'copilot-runtimes/runtime': 'pool.shared' } },
      wait_until_bound: false,
      spec: {
        access_modes: ['ReadWriteMany'],
        resources: { requests: { storage: '20Gi' } },
        storage_class_name: 'nfs',
      },
      lifecycle: { prevent_destroy: true },
    });
    for (const [n, deployment] of replicas(stack).entries()) {
      expect(deployment.spec.template.spec.volume[0].persistent_volume_claim.claim_name).toBe('pool-state');
      expect(env(deployment)).toMatchObject({
        COPILOT_HOME: `/var/lib/copilot/runtime-${n}`,
        COPILOT_RUNTIMES_SESSIONS: '/var/lib/copilot/sessions',
      });
    }
    expect(manifestOf(plan(pooled()).plan).runtimes['pool/1']?.expect).toMatchObject({
      sharedSessions: true,
      pod: { claim: 'pool-state' },
    });
    // The negative twin.
    const apart = base(topology('shared'));
    expect(all(apart, 'persistent_volume_claim').map(({ metadata }) => metadata.name)).toEqual([
      'runtime-0-state',
      'runtime-1-state',
    ]);
    expect(replicas(apart).map((deployment) => env(deployment).COPILOT_RUNTIMES_SESSIONS)).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('keeps the volume as it is when it shrinks', () => {
    const claims = [2, 1].map(
      (count) => base(pooled({ replicas: count })).resource?.kubernetes_persistent_volume_claim_v1,
    );
    expect(claims[1]).toEqual(claims[0]);
    const locks = [2, 1].map((count) => plan(pooled({ replicas: count })).lock.pool);
    expect(locks[1]).toEqual(locks[0]);
  });

  it('locks sessions in Redis, with a password that is in nothing but its Secret', () => {
    const stack = base(pooled());
    expect(gatewayConfig(stack).sharedStorage).toEqual({
      redisUrl: 'redis://10.9.8.7:6380',
      redisPasswordFile: '/var/run/secrets/copilot-runtimes/redis-password',
      keyPrefix: expect.stringMatching(/^copilot-runtimes:prod-pool-[a-z2-7]{10}:$/),
      ttlSeconds: 15,
    });
    expect(only(stack, 'secret', 'gateway-redis-password')).toMatchObject({
      data_wo: { 'redis-password': '${var.redis_password}' },
      data_wo_revision: 3,
    });
    const { metadata, spec } = only(stack, 'deployment', 'gateway').spec.template;
    expect(metadata.annotations['copilot-runtimes/redis-password-revision']).toBe('3');
    expect(files(spec)).toContainEqual({
      secret: [
        { name: 'gateway-redis-password', items: [{ key: 'redis-password', path: 'redis-password' }] },
      ],
    });
    expect(JSON.stringify(stack).split('var.redis_password}')).toHaveLength(2);
  });

  it('takes the password from a Secret of somebody else', () => {
    const stack = base(pooled({}, { password: { existingSecret: { name: 'cache', key: 'pass' } } }));
    expect(all(stack, 'secret').map(({ metadata }) => metadata.name)).not.toContain('gateway-redis-password');
    expect(files(only(stack, 'deployment', 'gateway').spec.template.spec)).toContainEqual({
      secret: [{ name: 'cache', items: [{ key: 'pass', path: 'redis-password' }] }],
    });
  });

  it.each<[string, object, Json]>([
    [
      'an address',
      {},
      { to: [{ ip_block: { cidr: '10.9.8.7/32' } }], ports: [{ protocol: 'TCP', port: '6380' }] },
    ],
    [
      'an IPv6 address and no port',
      { url: 'redis://[fd00::7]' },
      { to: [{ ip_block: { cidr: 'fd00::7/128' } }], ports: [{ protocol: 'TCP', port: '6379' }] },
    ],
    [
      'pods behind a name',
      {
        url: 'redis://redis.cache.svc:9999',
        egress: { namespace: 'cache', podSelector: { app: 'redis' }, port: 6379 },
      },
      {
        to: [
          {
            namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'cache' } },
            pod_selector: { match_labels: { app: 'redis' } },
          },
        ],
        ports: [{ protocol: 'TCP', port: '6379' }],
      },
    ],
  ])('opens the way of the gateway to Redis, and nothing more: %s', (_, redis, expected) => {
    expect(redisEgress(base(pooled({}, redis)))).toEqual([expected]);
    const rules = (stack: Json) =>
      only(stack, 'network_policy', 'gateway-egress').spec.egress.length as number;
    expect(rules(base(pooled({}, redis)))).toBe(rules(base(topology('shared'))) + 1);
    expect(redisEgress(base(topology('shared')))).toEqual([]);
  });

  it.each<[string, Partial<RuntimePoolProps>, string]>([
    [
      'a replica without it',
      { sharedVolume: { namespace: 'pool', name: 'pool-state' } },
      'replicas 0 must have the volume of the pool, pool-state: set sharedClaimName',
    ],
    [
      'a replica with one that nobody makes',
      { replicas: { 0: { namespace: 'pool', image: 'i', sharedClaimName: 'other' } } },
      'replicas 0 must have the volume of the pool, which has none: set sharedClaimName',
    ],
  ])('refuses %s', (_, changes, message) => {
    const build = (props: Partial<RuntimePoolProps>) => () =>
      new RuntimePool(new TerraformStack(newApp(), 'stack'), 'Pool', {
        envelope: { namespace: 'pool' },
        replicas: { 0: { namespace: 'pool', image: 'i' } },
        ...props,
      });
    expect(build(changes)).toThrow(message);
    expect(build({})).not.toThrow();
  });
});

const files = (spec: Json): Json[] =>
  spec.volume.find(({ name }: Json) => name === 'secrets').projected[0].sources;
