import { describe, expect, it } from '@jest/globals';

import { planTopology, type Platform } from '../../topology/index.js';

import { minimal, problemsOf, topologyOf } from './arbitraries.js';

type Changes = Record<string, unknown>;
type Kind = Parameters<typeof minimal>[1];

/** A contradiction, and the same file with the least that removes it. */
interface Pair {
  readonly rule: string;
  readonly kind?: Kind;
  readonly wrong: Changes;
  readonly message: string;
  readonly right: Changes;
}

const runtime = (changes: Changes, platform: Platform = 'local') => ({
  runtime: { integrationId: 'acme', ...(platform !== 'local' && { image: 'r:1' }), ...changes },
});
const source = { env: 'TOKEN' };
const provider = { baseUrl: 'https://models.acme.example/v1', model: 'm' };
const kubernetes: Kind = { platform: 'kubernetes' };
const azure: Kind = { platform: 'azure' };
const shared: Kind = { pattern: 'shared' };
const hybrid: Kind = { pattern: 'hybrid' };
const otlp = (settings: Changes, platform: Platform) => runtime({ telemetry: { otlp: settings } }, platform);

const PAIRS: readonly Pair[] = [
  {
    rule: 'at least one tenant',
    wrong: { tenants: {} },
    message: 'tenants must name at least one tenant, got none: add one, e.g. "acme: {}"',
    right: { tenants: { acme: {} } },
  },
  {
    rule: 'at least one tenant (hybrid)',
    kind: hybrid,
    wrong: { tenants: {} },
    message: 'got none: add one, e.g. "acme: { placement: dedicated }"',
    right: { tenants: { acme: { placement: 'dedicated' } } },
  },
  {
    rule: 'hybrid needs placement',
    kind: hybrid,
    wrong: { tenants: { acme: {} } },
    message: 'tenants.acme.placement is required with pattern hybrid: dedicated or pool',
    right: {},
  },
  {
    rule: 'isolated has no pooled tenants',
    wrong: { tenants: { acme: { placement: 'pool' } } },
    message:
      'tenants.acme.placement must be dedicated with pattern isolated, got pool: change it, or set pattern: hybrid',
    right: { tenants: { acme: { placement: 'dedicated' } } },
  },
  {
    rule: 'shared has no dedicated tenants',
    kind: shared,
    wrong: { tenants: { acme: { placement: 'dedicated' } } },
    message:
      'tenants.acme.placement must be pool with pattern shared, got dedicated: change it, or set pattern: hybrid',
    right: { tenants: { acme: { placement: 'pool' } } },
  },
  {
    rule: 'pooled tenants need a pool',
    kind: shared,
    wrong: { pool: undefined },
    message: 'pool is required, since tenants are placed in the pool: add "pool: { replicas: 2 }"',
    right: { pool: { replicas: 2 } },
  },
  {
    rule: 'isolated has no pool',
    wrong: { pool: { replicas: 1 } },
    message: 'pool has no use with pattern isolated: remove it, or set pattern: shared or hybrid',
    right: {},
  },
  {
    rule: 'shared storage needs a lock',
    kind: { platform: 'kubernetes', pattern: 'shared' },
    wrong: { pool: { replicas: 2, storage: 'shared' } },
    message:
      'pool.storage shared needs pool.lock, since the locks of the runtime do not hold across pods: add pool.lock.redis, or use per-replica',
    right: { pool: { replicas: 2, storage: 'shared', lock: { redis: { url: 'redis://10.1.2.3:6379' } } } },
  },
  {
    rule: 'the way to the locks is open',
    kind: { platform: 'kubernetes', pattern: 'shared' },
    wrong: { pool: { replicas: 2, storage: 'shared', lock: { redis: { url: 'redis://redis.cache.svc' } } } },
    message:
      'pool.lock.redis.egress is required, since network policies know no names, got "redis.cache.svc" in url: name the pods ({ namespace, podSelector, port }) or the addresses ({ cidr, port }) of Redis',
    right: {
      pool: {
        replicas: 2,
        storage: 'shared',
        lock: {
          redis: {
            url: 'redis://redis.cache.svc',
            egress: { namespace: 'cache', podSelector: { app: 'redis' }, port: 6379 },
          },
        },
      },
    },
  },
  {
    rule: 'settings of a shared volume need one',
    kind: shared,
    wrong: { pool: { replicas: 2, class: 'nfs' } },
    message:
      'pool.class is about the volume of pool.storage shared, got per-replica: set storage.class, or remove it',
    right: {
      pool: { replicas: 2, class: 'nfs', storage: 'shared', lock: { redis: { url: 'redis://r' } } },
    },
  },
  {
    rule: 'a volume that is in use is not purged',
    kind: shared,
    wrong: {
      pool: { replicas: 2, storage: 'shared', lock: { redis: { url: 'redis://r' } } },
      purge: ['pool/shared'],
    },
    message: '"pool/shared" is still the volume of the pool',
    right: { pool: { replicas: 2 }, purge: ['pool/shared'] },
  },
  {
    rule: 'replicas that share a volume keep nothing of their own',
    kind: shared,
    wrong: { pool: { replicas: 2 }, purge: ['pool/0'] },
    message: '"pool/0" is still one of the 2 replicas',
    right: {
      pool: { replicas: 2, storage: 'shared', lock: { redis: { url: 'redis://r' } } },
      purge: ['pool/0'],
    },
  },
  {
    rule: 'one gateway on local',
    kind: shared,
    wrong: { pool: { replicas: 2, gateway: { replicas: 2 } } },
    message: 'pool.gateway.replicas must be 1 with platform local, got 2: remove it',
    right: { pool: { replicas: 2, gateway: { replicas: 1 } } },
  },
  {
    rule: 'an active pooled tenant has a token',
    kind: shared,
    wrong: { tenants: { acme: { gatewayToken: {} } } },
    message:
      'tenants.acme.gatewayToken must have a slot, since the tenant could not connect otherwise: set { a: 1 }, or "state: suspended"',
    right: { tenants: { acme: { gatewayToken: { b: 3 } } } },
  },
  {
    rule: 'a suspended tenant needs no token',
    kind: shared,
    wrong: { tenants: { acme: { gatewayToken: {} } } },
    message: 'must have a slot',
    right: { tenants: { acme: { gatewayToken: {}, state: 'suspended' }, globex: {} } },
  },
  {
    rule: 'every built-in tool, or names',
    kind: shared,
    wrong: { tenants: { acme: { policy: { builtInTools: ['*', 'view'] } } } },
    message: 'tenants.acme.policy.builtInTools must be ["*"] alone or names without it: remove one of them',
    right: { tenants: { acme: { policy: { builtInTools: ['*'] } } } },
  },
  {
    rule: 'one writer per home',
    wrong: { storage: { accessMode: 'ReadWriteMany' } },
    message: 'storage.accessMode must not be ReadWriteMany, since each home has one writer',
    right: { storage: { accessMode: 'ReadWriteOnce' } },
  },
  {
    rule: 'cloud tenants exist',
    wrong: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['nobody'] },
      ...runtime({ auth: { githubToken: source } }),
    },
    message:
      'cloud.tenants[0] names tenant "nobody", which is not under tenants: add it there, or remove it here',
    right: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] },
      tenants: { acme: { auth: { githubToken: source } } },
    },
  },
  {
    rule: 'cloud tenants have a GitHub token of their own',
    wrong: { cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] } },
    message:
      'cloud.tenants[0] tenant "acme" needs a GitHub token of its own, since cloud sessions run as the runtime\'s identity: set tenants.acme.auth.githubToken',
    right: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] },
      tenants: { acme: { auth: { githubToken: source } } },
    },
  },
  {
    rule: 'cloud tenants do not share the token of all runtimes',
    wrong: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] },
      ...runtime({ auth: { githubToken: source } }),
    },
    message:
      "run as the runtime's identity and runtime.auth is shared by all: set tenants.acme.auth.githubToken",
    right: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] },
      ...runtime({ auth: { githubToken: source } }),
      tenants: { acme: { auth: { githubToken: source } } },
    },
  },
  {
    rule: 'a stand-in Mission Control is local',
    kind: kubernetes,
    wrong: { smoke: { standIn: { missionControl: true } } },
    message:
      'smoke.standIn.missionControl must be false with platform kubernetes, where cloud sessions would reach no real Mission Control: remove it',
    right: { smoke: { standIn: { missionControl: false } } },
  },
  {
    rule: 'a stand-in Mission Control asks the stand-in GitHub',
    wrong: { smoke: { standIn: { missionControl: true } } },
    message:
      'smoke.standIn.missionControl needs the stand-in GitHub, which knows whose token creates a cloud session: add "github: true"',
    right: { smoke: { standIn: { missionControl: true, github: true } } },
  },
  {
    rule: 'stand-ins take the tokens of cloud tenants, and of no others',
    wrong: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] },
      smoke: { standIn: { missionControl: true, github: true } },
      tenants: { acme: { auth: { githubToken: source } }, globex: { auth: { githubToken: source } } },
    },
    message:
      'smoke.standIn.github must be false, since tenants.globex.auth.githubToken names a real GitHub identity: remove one of them',
    right: {
      cloud: { repository: { owner: 'o', name: 'n' }, tenants: ['acme'] },
      smoke: { standIn: { missionControl: true, github: true } },
      tenants: { acme: { auth: { githubToken: source } }, globex: {} },
    },
  },
  {
    rule: 'purged tenants are gone',
    wrong: { purge: ['acme'] },
    message:
      'purge[0] "acme" still stands under tenants: remove it there to delete its state, or here to keep it',
    right: { purge: ['gone'] },
  },
  {
    rule: 'purged replicas are gone',
    kind: shared,
    wrong: { purge: ['pool/2', 'pool/1'] },
    message:
      'purge[1] "pool/1" is still one of the 2 replicas of the pool: lower pool.replicas to 1 to delete its state, or remove it here to keep it',
    right: { purge: ['pool/2', 'pool/99'] },
  },
  {
    rule: 'the last purged replica takes the pool with it',
    kind: shared,
    wrong: { purge: ['pool/0'] },
    message:
      'purge[0] "pool/0" is still one of the 2 replicas of the pool: remove the pool to delete its state',
    right: {},
  },
  {
    rule: 'short idle timeouts are meant',
    wrong: runtime({ idleTimeoutSeconds: 299 }),
    message:
      'runtime.idleTimeoutSeconds must be at least 300, got 299: use 300 or more, 0 for none, or set runtime.allowShortIdleTimeout',
    right: runtime({ idleTimeoutSeconds: 299, allowShortIdleTimeout: true }),
  },
  {
    rule: 'short idle timeouts of tenants are meant',
    wrong: { tenants: { acme: { idleTimeoutSeconds: 1 } } },
    message: 'tenants.acme.idleTimeoutSeconds must be at least 300, got 1',
    right: { tenants: { acme: { idleTimeoutSeconds: 0 } } },
  },
  {
    rule: 'one identity for all',
    wrong: runtime({ auth: { githubToken: source, provider } }),
    message:
      'runtime.auth.provider stands beside githubToken, and the runtime refuses sessions with both: remove one',
    right: runtime({ auth: { provider } }),
  },
  {
    rule: 'one identity per tenant',
    wrong: { tenants: { acme: { auth: { githubToken: source, provider } } } },
    message: 'tenants.acme.auth.provider stands beside githubToken',
    right: { tenants: { acme: { auth: { provider } } }, ...runtime({ auth: { githubToken: source } }) },
  },
  {
    rule: 'no Terraform variables on local',
    wrong: runtime({ auth: { githubToken: { variable: 'github_token' } } }),
    message: 'runtime.auth.githubToken.variable cannot be used with platform local: use env or file',
    right: runtime({ auth: { githubToken: { file: 'token' } } }),
  },
  {
    rule: 'no environment on Kubernetes',
    kind: kubernetes,
    wrong: runtime({ auth: { provider: { ...provider, apiKey: { env: 'KEY' } } } }, 'kubernetes'),
    message:
      'runtime.auth.provider.apiKey.env cannot be used with platform kubernetes: use variable or existingSecret',
    right: runtime({ auth: { provider: { ...provider, apiKey: { variable: 'key' } } } }, 'kubernetes'),
  },
  {
    rule: 'no file for the password of Redis on Azure',
    kind: { platform: 'azure', pattern: 'shared' },
    wrong: { pool: { replicas: 1, lock: { redis: { url: 'rediss://r', password: { file: 'p' } } } } },
    message:
      'pool.lock.redis.password.file cannot be used with platform azure: use variable or existingSecret',
    right: { pool: { replicas: 1, lock: { redis: { url: 'rediss://r', password: { variable: 'p' } } } } },
  },
  {
    rule: 'quotas hold the CPU',
    wrong: { tenants: { acme: { quota: { cpu: '249m' } } } },
    message:
      'tenants.acme.quota.cpu must hold the runtime, which asks for 250m, got 249m: raise it to 250m or more',
    right: { tenants: { acme: { quota: { cpu: '0.25' } } } },
  },
  {
    rule: 'quotas hold the memory',
    wrong: { tenants: { acme: { quota: { memoryMiB: 512 }, resources: { memoryMiB: 513 } } } },
    message: 'tenants.acme.quota.memoryMiB must hold the runtime, which asks for 513 MiB, got 512',
    right: { tenants: { acme: { quota: { memoryMiB: 512 } } } },
  },
  {
    rule: 'a stand-in GitHub is local',
    kind: kubernetes,
    wrong: { smoke: { standIn: { github: true } } },
    message:
      'smoke.standIn.github must be false with platform kubernetes, where the runtimes would reach no real GitHub: remove it',
    right: { smoke: { standIn: { model: true } } },
  },
  {
    rule: 'a stand-in GitHub hides no real one',
    wrong: { smoke: { standIn: { github: true } }, tenants: { acme: { auth: { githubToken: source } } } },
    message:
      'smoke.standIn.github must be false, since tenants.acme.auth.githubToken names a real GitHub identity: remove one of them',
    right: { smoke: { standIn: { github: true } } },
  },
  {
    rule: 'Kubernetes needs an image',
    kind: kubernetes,
    wrong: runtime({}),
    message:
      'runtime.image is required with platform kubernetes: name the image by digest (registry/name@sha256:…)',
    right: runtime({}, 'kubernetes'),
  },
  {
    rule: 'Azure needs its settings',
    kind: azure,
    wrong: { azure: undefined },
    message: 'azure is required with platform azure: add location, subnets and Key Vault',
    right: {},
  },
  {
    rule: 'namespaces are of tenants',
    kind: kubernetes,
    wrong: { kubernetes: { existingNamespaces: { nobody: 'x' } } },
    message: 'kubernetes.existingNamespaces.nobody names tenant "nobody", which is not under tenants',
    right: { kubernetes: { existingNamespaces: { acme: 'x' } } },
  },
  {
    rule: 'two tenants share no namespace',
    kind: kubernetes,
    wrong: { kubernetes: { existingNamespaces: { acme: 'x', globex: 'x' } } },
    message:
      'kubernetes.existingNamespaces.globex must be a namespace of its own, got "x", which is that of tenant "acme": name another',
    right: { kubernetes: { existingNamespaces: { acme: 'x', globex: 'y' } } },
  },
  {
    rule: 'no namespace of the system',
    kind: kubernetes,
    wrong: { kubernetes: { existingNamespaces: { acme: 'kube-system' } } },
    message:
      'kubernetes.existingNamespaces.acme must not be a namespace of Kubernetes itself, got "kube-system": name one that is for the tenant alone',
    right: { kubernetes: { existingNamespaces: { acme: 'acme-runtimes' } } },
  },
  {
    rule: 'clients run elsewhere',
    kind: kubernetes,
    wrong: {
      tenants: { acme: { clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }] } },
      kubernetes: { existingNamespaces: { acme: 'acme-app' } },
    },
    message:
      'tenants.acme.clients[0].namespace must not be a namespace with runtimes, got "acme-app", which is that of tenant "acme": run the application in one of its own',
    right: {
      tenants: { acme: { clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }] } },
      kubernetes: { existingNamespaces: { acme: 'acme-runtimes' } },
    },
  },
  {
    rule: 'Prometheus runs elsewhere',
    kind: kubernetes,
    wrong: {
      kubernetes: { existingNamespaces: { acme: 'acme-app' }, monitoring: { namespace: 'acme-app' } },
    },
    message:
      'kubernetes.monitoring.namespace must not be a namespace with runtimes, got "acme-app", which is that of tenant "acme": run Prometheus in one of its own',
    right: {
      kubernetes: { existingNamespaces: { acme: 'acme-app' }, monitoring: { namespace: 'monitoring' } },
    },
  },
  {
    rule: 'one way to the cluster',
    kind: kubernetes,
    wrong: { kubernetes: { provider: { kubeconfig: 'k', inCluster: true } } },
    message: 'kubernetes.provider must name one way to the cluster, got kubeconfig and inCluster: keep one',
    right: { kubernetes: { provider: { inCluster: true } } },
  },
  {
    rule: 'the environment holds no secrets',
    kind: kubernetes,
    wrong: { kubernetes: { env: { GITHUB_TOKEN: 'x' } } },
    message:
      'kubernetes.env.GITHUB_TOKEN holds a secret, which anyone could read in the pod spec: use runtime.auth.githubToken',
    right: { kubernetes: { env: { LOG_LEVEL: 'x' } } },
  },
  {
    rule: 'the environment leaves the home alone',
    kind: kubernetes,
    wrong: { kubernetes: { env: { COPILOT_HOME: '/x' } } },
    message: 'kubernetes.env.COPILOT_HOME is set by the kit: remove it',
    right: {},
  },
  {
    rule: 'the environment repeats no setting',
    kind: kubernetes,
    wrong: { kubernetes: { env: { HTTPS_PROXY: 'http://p' } } },
    message: 'kubernetes.env.HTTPS_PROXY is set by the kit: use runtime.proxy.https instead',
    right: runtime({ proxy: { https: 'http://p:3128' } }, 'kubernetes'),
  },
  {
    rule: 'ports of the host are taken',
    kind: kubernetes,
    wrong: runtime({ port: 4380 }, 'kubernetes'),
    message:
      'runtime.port must not be 4380, which the runtime host uses itself (health): use another, such as 4321',
    right: runtime({ port: 4381 }, 'kubernetes'),
  },
  {
    rule: 'a collector is reachable',
    kind: kubernetes,
    wrong: otlp({ namespace: 'o', podSelector: { app: 'c' } }, 'kubernetes'),
    message:
      'runtime.telemetry.otlp.service is required without endpoint: name the collector in the cluster, or set endpoint',
    right: otlp({ namespace: 'o', podSelector: { app: 'c' }, service: 's' }, 'kubernetes'),
  },
  {
    rule: 'a collector is in one place',
    kind: kubernetes,
    wrong: otlp({ endpoint: 'https://o', service: 's' }, 'kubernetes'),
    message: 'runtime.telemetry.otlp.service stands beside endpoint: remove one',
    right: otlp({ endpoint: 'https://o' }, 'kubernetes'),
  },
  {
    rule: 'a collector outside of Kubernetes has a URL',
    wrong: otlp({ namespace: 'o', podSelector: {}, service: 's' }, 'local'),
    message: "runtime.telemetry.otlp.endpoint is required with platform local: add the collector's URL",
    right: otlp({ endpoint: 'http://o:4318' }, 'local'),
  },
  {
    rule: 'certificates are a ConfigMap on Kubernetes',
    kind: kubernetes,
    wrong: runtime({ caBundle: { configMap: 'ca', file: '/ca' } }, 'kubernetes'),
    message: 'runtime.caBundle.file cannot be used with platform kubernetes: use configMap',
    right: runtime({ caBundle: { configMap: 'ca' } }, 'kubernetes'),
  },
  {
    rule: 'certificates are a file on local',
    wrong: runtime({ caBundle: {} }),
    message: 'runtime.caBundle.file is required with platform local: add it, or remove caBundle',
    right: runtime({ caBundle: { file: '/ca' } }),
  },
  {
    rule: 'certificates are in the image on Azure',
    kind: azure,
    wrong: runtime({ caBundle: { configMap: 'ca' } }, 'azure'),
    message: 'runtime.caBundle cannot be used with platform azure: put the certificates into the image',
    right: runtime({}, 'azure'),
  },
  {
    rule: 'cells are declared',
    wrong: { cells: { c02: null, c03: null }, tenants: { acme: { cell: 'c02' }, globex: {} } },
    message:
      'tenants.globex.cell must be one of the cells c02, c03, got "c01": add it under cells, or choose another',
    right: { cells: { c01: null, c02: null }, tenants: { acme: { cell: 'c02' }, globex: {} } },
  },
  {
    rule: 'cells are not full',
    wrong: {
      cells: { c01: { maxTenants: 1 }, c02: { maxTenants: 1 }, c03: null },
      tenants: { acme: {}, globex: {}, initech: { cell: 'c02' } },
    },
    message:
      'tenants.globex.cell must be another cell, since "c01" is full (2 tenants, 1 at most): "c03" has room',
    right: {
      cells: { c01: { maxTenants: 1 }, c02: { maxTenants: 1 }, c03: null },
      tenants: { acme: {}, globex: { cell: 'c03' }, initech: { cell: 'c02' } },
    },
  },
  {
    rule: 'all cells are full',
    wrong: { cells: { c01: { maxTenants: 1 } } },
    message:
      'tenants.globex.cell must be another cell, since "c01" is full (2 tenants, 1 at most): no cell has room, add one under cells',
    right: { cells: { c01: { maxTenants: 2 } } },
  },
];

describe.each(PAIRS)('$rule', ({ kind, wrong, message, right }) => {
  it('fails with one message', () => {
    const problems = problemsOf(minimal(wrong, kind));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^t\.yaml:\d+:\d+ /);
    expect(problems[0]).toContain(` ${message}`);
  });

  it('holds', () => {
    expect(problemsOf(minimal(right, kind))).toEqual([]);
  });
});

describe('cells without a declaration', () => {
  const tenants = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${String(n).padStart(2, '0')}`, {}]));

  it('hold 50 tenants', () => {
    expect(problemsOf(minimal({ tenants: tenants(50) }))).toEqual([]);
    expect(problemsOf(minimal({ tenants: tenants(51) }))).toEqual([
      expect.stringContaining(
        'tenants.t50.cell must be another cell, since "c01" is full (51 tenants, 50 at most): name a new one',
      ),
    ]);
  });

  it('do not count tenants of the pool', () => {
    expect(problemsOf(minimal({ tenants: tenants(51) }, { pattern: 'shared' }))).toEqual([]);
  });
});

describe('a generated namespace', () => {
  it('cannot be claimed for another tenant', () => {
    const plan = planTopology(topologyOf(minimal({}, kubernetes)));
    const globex = plan.runtimes.find(({ tenant }) => tenant === 'globex')!.namespace;
    expect(problemsOf(minimal({ kubernetes: { existingNamespaces: { acme: globex } } }, kubernetes))).toEqual(
      [expect.stringContaining(`got "${globex}", which is that of tenant "globex": name another`)],
    );
  });
});

describe('a namespace that is made anyway', () => {
  it('cannot be claimed to exist, for it would be dropped from the stack', () => {
    const plan = planTopology(topologyOf(minimal({}, kubernetes)));
    const acme = plan.runtimes.find(({ tenant }) => tenant === 'acme')!.namespace;
    expect(problemsOf(minimal({ kubernetes: { existingNamespaces: { acme } } }, kubernetes))).toEqual([
      expect.stringContaining('which is made for tenant "acme" anyway: remove it'),
    ]);
  });
});

describe('warnings', () => {
  const codes = (changes: Changes, kind?: Kind) =>
    planTopology(topologyOf(minimal(changes, kind))).warnings.map(({ code }) => code);

  it.each<[string, Kind | undefined, Changes, Changes]>([
    ['open-pool', shared, { tenants: { acme: { policy: { builtInTools: ['*'] } } } }, {}],
    [
      'open-pool',
      shared,
      { pool: { replicas: 1, gateway: { policy: { builtInTools: ['*'] } } } },
      {
        pool: { replicas: 1, gateway: { policy: { builtInTools: ['*'] } } },
        tenants: { acme: { policy: { builtInTools: ['view'] } } },
      },
    ],
    ['image-tag', kubernetes, runtime({}, 'kubernetes'), {}],
    ['no-idle-timeout', undefined, { tenants: { acme: { idleTimeoutSeconds: 0 } } }, {}],
    [
      'cli-idle-granularity',
      undefined,
      runtime({ binary: 'cli', idleTimeoutSeconds: 60, allowShortIdleTimeout: true }),
      runtime({ idleTimeoutSeconds: 60, allowShortIdleTimeout: true }),
    ],
    [
      'short-replica-wait',
      shared,
      { pool: { replicas: 1, gateway: { replicaWaitSeconds: 30 } } },
      { pool: { replicas: 1, gateway: { replicaWaitSeconds: 31 } } },
    ],
    ['unused-settings', undefined, { kubernetes: {} }, {}],
    ['unused-settings', shared, { tenants: { acme: { sizeGiB: 9 } } }, {}],
    ['unused-settings', undefined, { tenants: { acme: { limits: { turns: 9 } } } }, {}],
    ['one-kind-only', hybrid, { tenants: { acme: { placement: 'dedicated' } } }, {}],
    ['plain-text', kubernetes, {}, { platform: 'local' }],
  ])('%s', (code, kind, changes, without) => {
    expect(codes(changes, kind)).toContain(code);
    expect(codes(without, kind)).not.toContain(code);
  });
});
