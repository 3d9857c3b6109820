import { describe, expect, it } from '@jest/globals';

import { HOST_ENV, lockOf, planTopology, type Lock, type Plan } from '../../topology/index.js';

import { minimal, topologyOf } from './arbitraries.js';

type Kind = Parameters<typeof minimal>[1];

const plan = (changes: Record<string, unknown> = {}, kind?: Kind, lock?: Lock): Plan =>
  planTopology(topologyOf(minimal(changes, kind)), lock);

const ids = ({ runtimes }: Plan) => runtimes.map(({ id }) => id);

describe('runtimes', () => {
  it('are one per tenant with isolated, one per replica with shared, both with hybrid', () => {
    expect(ids(plan())).toEqual(['tenant/acme', 'tenant/globex']);
    expect(ids(plan({}, { pattern: 'shared' }))).toEqual(['pool/0', 'pool/1']);
    expect(ids(plan({}, { pattern: 'hybrid' }))).toEqual(['pool/0', 'pool/1', 'tenant/acme']);
  });

  it('are sorted by number and by code unit, ids that only look alike included', () => {
    const tenants = Object.fromEntries(
      ['b', 'a1', 'a-b', 'a01', 'a--b', '10', '9'].map((id) => [id, { placement: 'dedicated' }]),
    );
    expect(ids(plan({ tenants, pool: { replicas: 11 } }, { pattern: 'hybrid' }))).toEqual([
      ...Array.from({ length: 11 }, (_, n) => `pool/${n}`),
      ...['10', '9', 'a--b', 'a-b', 'a01', 'a1', 'b'].map((id) => `tenant/${id}`),
    ]);
  });

  it('take the settings of their tenant, else those of all', () => {
    const own = {
      idleTimeoutSeconds: 600,
      resources: { cpu: '2' },
      sizeGiB: 9,
      connectionTokenRevision: 3,
      auth: { githubToken: { env: 'A' } },
    };
    const [acme, globex] = plan({
      tenants: { acme: own, globex: {} },
      storage: { sizeGiB: 7, class: 'fast' },
    }).runtimes;
    expect(acme).toMatchObject({
      idleTimeoutSeconds: 600,
      resources: { cpu: '2', memoryMiB: 512 },
      connectionToken: { revision: 3 },
      githubToken: { env: 'A' },
      volume: { sizeGiB: 9, class: 'fast', accessMode: 'ReadWriteOncePod', retention: 'retain' },
    });
    expect(globex).toMatchObject({
      idleTimeoutSeconds: 1800,
      resources: { cpu: '250m' },
      volume: { sizeGiB: 7 },
    });
    expect(globex).not.toHaveProperty('githubToken');
  });

  it('have every argument written out, the idle timeout of 0 included', () => {
    const args = (kind: Kind) =>
      plan({ tenants: { acme: { idleTimeoutSeconds: 0 } } }, kind).runtimes[0]?.args.join(' ');
    expect(args({ platform: 'local' })).toBe(
      '--headless --no-auto-update --no-auto-login --host 127.0.0.1 --port 0 --session-idle-timeout 0',
    );
    expect(args({ platform: 'kubernetes' })).toBe(
      '--headless --no-auto-update --no-auto-login --host 0.0.0.0 --port 4321 --session-idle-timeout 0',
    );
  });

  it.each([
    ['kubernetes', '120', 150],
    ['local', '10', undefined],
  ] as const)('have on %s the time to drain, and a pod the time for it', (platform, seconds, grace) => {
    const runtime = {
      integrationId: 'acme',
      drainSeconds: 120,
      ...(platform === 'kubernetes' && { image: 'r:1' }),
    };
    const planned = plan({ runtime }, { platform });
    expect(planned.runtimes[0]?.env).toHaveProperty(HOST_ENV.drainSeconds, seconds);
    expect(planned.kubernetes?.pod.terminationGracePeriodSeconds).toBe(grace);
  });

  it('have an environment that never proxies loopback and never holds a secret', () => {
    const runtime = {
      integrationId: 'acme',
      image: 'r:1',
      proxy: { https: 'http://proxy:3128', noProxy: ['.svc'] },
      githubHost: 'acme.ghe.com',
      caBundle: { configMap: 'ca' },
      auth: { githubToken: { variable: 'top_secret_variable' } },
      telemetry: { otlp: { namespace: 'o', podSelector: { app: 'c' }, service: 'collector' } },
    };
    const env = plan({ runtime, kubernetes: { env: { LOG: '1' } } }, { platform: 'kubernetes' }).runtimes[0]
      ?.env;
    expect(env).toMatchObject({
      LOG: '1',
      NO_PROXY: '127.0.0.1,localhost,::1,.svc',
      HTTPS_PROXY: 'http://proxy:3128',
      GH_HOST: 'acme.ghe.com',
      GITHUB_COPILOT_INTEGRATION_ID: 'acme',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector.o.svc:4318',
      OTEL_RESOURCE_ATTRIBUTES: 'runtime.id=tenant/acme,tenant.id=acme',
      [HOST_ENV.runtime]: 'tenant/acme',
      [HOST_ENV.standIn]: 'model',
      [HOST_ENV.sessionTtlHours]: '168',
    });
    expect(env?.SSL_CERT_FILE).toBe(env?.NODE_EXTRA_CA_CERTS);
    expect(JSON.stringify(env)).not.toContain('top_secret');
    expect(plan({ smoke: { standIn: false } }).runtimes[0]?.env).not.toHaveProperty(HOST_ENV.standIn);
  });

  it('take nothing from the settings of another platform', () => {
    const kubernetes = { env: { LOG: '1' }, existingNamespaces: { acme: 'theirs' } };
    const [there] = plan({ kubernetes }, { platform: 'kubernetes' }).runtimes;
    const [here] = plan({ kubernetes }).runtimes;
    expect(there).toMatchObject({ namespace: 'theirs', env: { LOG: '1' } });
    expect(here?.namespace).toMatch(/^prod-tenant-acme-/);
    expect(here?.env).not.toHaveProperty('LOG');
  });
});

describe('states', () => {
  const tenants = { a: {}, r: { state: 'retired' }, s: { state: 'suspended' } };

  it('suspended and retired keep their runtime in the plan and lead nowhere', () => {
    const { runtimes, routes } = plan({ tenants });
    expect(runtimes.map(({ tenant, state }) => [tenant, state])).toEqual([
      ['a', 'active'],
      ['r', 'retired'],
      ['s', 'suspended'],
    ]);
    expect(routes).toEqual({
      a: { to: 'runtime', runtime: 'tenant/a' },
      r: { to: 'nowhere', state: 'retired' },
      s: { to: 'nowhere', state: 'suspended' },
    });
  });

  it('hold for tenants of the pool, too', () => {
    const { runtimes, routes } = plan({ tenants }, { pattern: 'shared' });
    expect(runtimes.every(({ replica }) => replica !== undefined)).toBe(true);
    expect(routes).toEqual({
      a: { to: 'pool' },
      r: { to: 'nowhere', state: 'retired' },
      s: { to: 'nowhere', state: 'suspended' },
    });
  });
});

describe('cells', () => {
  it('hold the tenants that name them; the pool is in base', () => {
    const tenants = {
      a: { placement: 'dedicated', cell: 'c02' },
      b: { placement: 'dedicated' },
      c: { placement: 'pool', cell: 'c03' },
    };
    expect(plan({ tenants }, { pattern: 'hybrid' }).cells).toEqual([
      { id: 'base', runtimes: ['pool/0', 'pool/1'] },
      { id: 'c01', runtimes: ['tenant/b'] },
      { id: 'c02', runtimes: ['tenant/a'] },
    ]);
  });
});

describe('a tenant that moved into the pool', () => {
  const dedicated = topologyOf(minimal({ tenants: { acme: { sizeGiB: 9, cell: 'c07' }, globex: {} } }));
  const lock = lockOf(dedicated, planTopology(dedicated));
  const moved = { tenants: { acme: { placement: 'pool', cell: 'c01' }, globex: { placement: 'dedicated' } } };

  it('keeps its volume and cell without a workload, and is routed to the pool', () => {
    const { runtimes, routes } = plan(moved, { pattern: 'hybrid' }, lock);
    expect(runtimes.find(({ tenant }) => tenant === 'acme')).toMatchObject({
      id: 'tenant/acme',
      state: 'retired',
      cell: 'c07',
      volume: { sizeGiB: 9 },
    });
    expect(routes.acme).toEqual({ to: 'pool' });
  });

  it('has no runtime where it never was dedicated', () => {
    expect(ids(plan(moved, { pattern: 'hybrid' }))).not.toContain('tenant/acme');
    const { acme: _, ...others } = lock.tenants;
    expect(
      ids(plan(moved, { pattern: 'hybrid' }, { ...lock, tenants: { ...others, acme: {} } })),
    ).not.toContain('tenant/acme');
  });
});

describe('Kubernetes settings', () => {
  it('stand in the plan with defaults, and only there', () => {
    expect(plan()).not.toHaveProperty('kubernetes');
    const kubernetes = { existingNamespaces: { globex: 'zz', acme: 'aa' } };
    expect(plan({ kubernetes }, { platform: 'kubernetes' }).kubernetes?.existingNamespaces).toEqual([
      'aa',
      'zz',
    ]);
    expect(plan({}, { platform: 'kubernetes' }).kubernetes).toMatchObject({
      backend: { type: 'local' },
      egress: [],
    });
  });
});
