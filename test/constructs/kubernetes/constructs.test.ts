import { readFileSync } from 'node:fs';

import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider/index.js';
import { describe, expect, it } from '@jest/globals';
import { Fn, TerraformStack, TerraformVariable, Token } from 'cdktf';

import {
  HybridTopology,
  IsolatedTopology,
  PropsError,
  RandomProvider,
  Runtime,
  runtimeArguments,
  RuntimePool,
  SharedTopology,
  TenantEnvelope,
  type RuntimePoolProps,
  type RuntimeProps,
  type TenantEnvelopeProps,
} from '../../../constructs/kubernetes/index.js';

import { all, IMAGE, newApp, only, plan, synth, topology, type Json, type TerraformJson } from './support.js';

function stackOf(build: (stack: TerraformStack) => void): TerraformJson {
  const stack = new TerraformStack(newApp(), 'test');
  new KubernetesProvider(stack, 'kubernetes', {});
  new RandomProvider(stack, 'random');
  build(stack);
  return synth(stack);
}

const RUNTIME: RuntimeProps = { namespace: 'acme', image: IMAGE };
const CLIENT = { namespace: 'app', serviceAccount: 'backend' };
const ENVELOPE: TenantEnvelopeProps = { namespace: 'acme', clients: [CLIENT], manifestJson: '{}' };

const runtime = (props: Partial<RuntimeProps> = {}) =>
  stackOf((stack) => new Runtime(stack, 'Runtime', { ...RUNTIME, ...props }));
const envelope = (props: Partial<TenantEnvelopeProps> = {}) =>
  stackOf((stack) => new TenantEnvelope(stack, 'Envelope', { ...ENVELOPE, ...props }));

const pod = (json: TerraformJson) => only(json, 'deployment').spec.template.spec;
const container = (json: TerraformJson) => pod(json).container[0];
const secretNames = (json: TerraformJson) => all(json, 'secret').map(({ metadata }) => metadata.name);
const files = (json: TerraformJson) =>
  pod(json).volume.find(({ name }: Json) => name === 'secrets').projected[0].sources;
const file = (name: string, path = name.replace('runtime-', ''), key = path) => ({
  secret: [{ name, items: [{ key, path }] }],
});
const TOKEN_FILE = file('runtime-connection-token');
const egress = (json: TerraformJson) => only(json, 'network_policy').spec.egress;
const claim = (json: TerraformJson) => only(json, 'persistent_volume_claim');

/** What a prop changes: where to look, what is there by default, a value, and what is there then. */
type Effect<P, K extends keyof P> = readonly [
  look: (json: TerraformJson) => unknown,
  before: unknown,
  value: NonNullable<P[K]>,
  after: unknown,
];
type Effects<P> = { readonly [K in keyof Required<P>]: Effect<P, K> };

const CPU = (json: TerraformJson) => [
  container(json).resources.requests.cpu,
  container(json).resources.limits.cpu,
];

/** Complete by type: a new prop does not compile without its line here. */
const RUNTIME_EFFECTS: Effects<RuntimeProps> = {
  namespace: [(json) => only(json, 'service').metadata.namespace, 'acme', 'other', 'other'],
  name: [(json) => only(json, 'service').metadata.name, 'runtime', 'brain', 'brain'],
  image: [(json) => container(json).image, IMAGE, 'other@sha256:1', 'other@sha256:1'],
  args: [
    (json) => container(json).args,
    runtimeArguments('kubernetes', 4321, 1800),
    runtimeArguments('kubernetes', 4321, 60),
    runtimeArguments('kubernetes', 4321, 60),
  ],
  env: [
    (json) => container(json).env,
    [{ name: 'COPILOT_HOME', value: '/var/lib/copilot/home' }],
    { ZONE: '1' },
    [
      { name: 'COPILOT_HOME', value: '/var/lib/copilot/home' },
      { name: 'ZONE', value: '1' },
    ],
  ],
  port: [
    (json) => [only(json, 'service').spec.port[0].port, container(json).port[0].container_port],
    [4321, 4321],
    5000,
    [5000, 5000],
  ],
  state: [(json) => only(json, 'deployment').spec.replicas, '1', 'suspended', '0'],
  connectionTokenRevision: [(json) => only(json, 'secret').data_wo_revision, 1, 2, 2],
  githubToken: [
    files,
    [TOKEN_FILE],
    { variable: 'github_token' },
    [TOKEN_FILE, file('runtime-github-token')],
  ],
  providerKey: [
    secretNames,
    ['runtime-connection-token'],
    { variable: 'model_key' },
    ['runtime-connection-token', 'runtime-provider-key'],
  ],
  cpu: [CPU, ['250m', '2'], '4', ['4', '4']],
  cpuLimit: [CPU, ['250m', '2'], '500m', ['250m', '500m']],
  memoryMiB: [
    (json) => [container(json).resources.requests.memory, container(json).resources.limits.memory],
    ['512Mi', '512Mi'],
    1024,
    ['1024Mi', '1024Mi'],
  ],
  sizeGiB: [(json) => claim(json).spec.resources.requests.storage, '5Gi', 6, '6Gi'],
  storageClass: [(json) => claim(json).spec.storage_class_name, undefined, 'fast', 'fast'],
  accessMode: [
    (json) => claim(json).spec.access_modes,
    ['ReadWriteOncePod'],
    'ReadWriteOnce',
    ['ReadWriteOnce'],
  ],
  sharedClaimName: [
    (json) => [
      pod(json).volume[0].persistent_volume_claim.claim_name,
      all(json, 'persistent_volume_claim').length,
    ],
    ['runtime-state', 1],
    'shared',
    ['shared', 0],
  ],
  retention: [
    (json) => claim(json).lifecycle,
    { prevent_destroy: true },
    'delete',
    { prevent_destroy: false },
  ],
  serviceAccountName: [(json) => pod(json).service_account_name, 'runtime', 'other', 'other'],
  egress: [
    (json) => egress(json).slice(2),
    [],
    [
      { namespace: 'mcp', podSelector: { app: 'mcp' }, port: 8080 },
      { cidr: '10.0.0.0/24', port: 443 },
    ],
    [
      {
        to: [
          {
            namespace_selector: { match_labels: { 'kubernetes.io/metadata.name': 'mcp' } },
            pod_selector: { match_labels: { app: 'mcp' } },
          },
        ],
        ports: [{ port: '8080', protocol: 'TCP' }],
      },
      { to: [{ ip_block: { cidr: '10.0.0.0/24' } }], ports: [{ port: '443', protocol: 'TCP' }] },
    ],
  ],
  apiServerCidrs: [
    (json) => egress(json)[1].to[0].ip_block.except.slice(10),
    [],
    ['203.0.113.7/32', '2001:db8::/32'],
    ['203.0.113.7/32'],
  ],
  dnsCidrs: [(json) => egress(json).length, 2, ['169.254.20.10/32'], 3],
  spreadAcross: [
    (json) => pod(json).topology_spread_constraint?.[0].label_selector,
    undefined,
    { app: 'x' },
    [{ match_labels: { app: 'x' } }],
  ],
  runtimeClassName: [(json) => pod(json).runtime_class_name, undefined, 'gvisor', 'gvisor'],
  priorityClassName: [(json) => pod(json).priority_class_name, undefined, 'high', 'high'],
  nodeSelector: [(json) => pod(json).node_selector, undefined, { disk: 'ssd' }, { disk: 'ssd' }],
  tolerations: [
    (json) => pod(json).toleration,
    undefined,
    [{ operator: 'Exists' }],
    [{ operator: 'Exists' }],
  ],
  imagePullSecrets: [(json) => pod(json).image_pull_secrets, undefined, ['pull'], [{ name: 'pull' }]],
  caBundle: [
    (json) => container(json).volume_mount[3],
    undefined,
    { configMap: 'ca', key: 'ca.pem' },
    { name: 'ca-bundle', mount_path: '/etc/copilot-runtimes/ca.crt', sub_path: 'ca.pem', read_only: true },
  ],
  terminationGracePeriodSeconds: [
    (json) => [
      pod(json).termination_grace_period_seconds,
      only(json, 'deployment').spec.progress_deadline_seconds,
    ],
    [60, 210],
    600,
    [600, 750],
  ],
  podAnnotations: [
    (json) => only(json, 'deployment').spec.template.metadata.annotations.team,
    undefined,
    { team: 'platform' },
    'platform',
  ],
  labels: [(json) => only(json, 'service').metadata.labels.team, undefined, { team: 'a' }, 'a'],
  waitForRollout: [(json) => only(json, 'deployment').wait_for_rollout, true, false, false],
  timeouts: [
    (json) => only(json, 'deployment').timeouts,
    { create: '240s', update: '240s', delete: '660s' },
    { rollout: '9m' },
    { create: '9m', update: '9m', delete: '660s' },
  ],
};

const ENVELOPE_EFFECTS: Effects<TenantEnvelopeProps> = {
  namespace: [(json) => only(json, 'namespace').metadata.name, 'acme', 'other', 'other'],
  existingNamespace: [(json) => all(json, 'namespace').length, 1, true, 0],
  state: [(json) => Object.keys(json.resource ?? {}).length, 8, 'retired', 1],
  clients: [(json) => all(json, 'role_binding')[0]?.subject?.length, 1, [], undefined],
  runtimeSelector: [
    (json) => only(json, 'network_policy', 'clients').spec.pod_selector.match_labels,
    { 'app.kubernetes.io/name': 'copilot-runtime' },
    { app: 'x' },
    { app: 'x' },
  ],
  port: [
    (json) => only(json, 'network_policy', 'clients').spec.ingress[0].ports,
    [{ port: '4321', protocol: 'TCP' }],
    5000,
    [{ port: '5000', protocol: 'TCP' }],
  ],
  readableSecrets: [
    (json) => only(json, 'role').rule.map(({ resource_names }: Json) => resource_names),
    [['copilot-runtimes']],
    ['token'],
    [['token'], ['copilot-runtimes']],
  ],
  manifestJson: [
    (json) => only(json, 'config_map').data,
    { 'manifest.json': '{}' },
    '[]',
    { 'manifest.json': '[]' },
  ],
  quotaCpu: [(json) => only(json, 'resource_quota').spec.hard['requests.cpu'], '1', '3', '3'],
  quotaMemoryMiB: [
    ({ resource }) => Object.values(resource!.kubernetes_resource_quota_v1!)[0].spec.hard['limits.memory'],
    '2048Mi',
    4096,
    '4096Mi',
  ],
  quotaPods: [(json) => only(json, 'resource_quota').spec.hard.pods, '4', 5, '5'],
  retention: [
    (json) => only(json, 'namespace').lifecycle,
    { prevent_destroy: true },
    'delete',
    { prevent_destroy: false },
  ],
  labels: [(json) => only(json, 'config_map').metadata.labels.team, undefined, { team: 'a' }, 'a'],
};

describe.each([
  ['Runtime', 'runtime-props.ts', RUNTIME_EFFECTS, runtime as (props: object) => TerraformJson],
  ['TenantEnvelope', 'tenant-envelope.ts', ENVELOPE_EFFECTS, envelope as (props: object) => TerraformJson],
])('%s', (name, source, effects: Record<string, Effect<Json, string>>, build) => {
  const base = build({});

  it.each(Object.entries(effects))('%s has an effect', (prop, [look, before, value, after]) => {
    expect(look(base)).toEqual(before);
    expect(look(build({ [prop]: value }))).toEqual(after);
  });

  it('says the default of every optional prop', () => {
    const [, text = ''] = readFileSync(`constructs/kubernetes/${source}`, 'utf8').split(
      `export interface ${name}Props`,
    );
    const optional = [
      ...(text.split('\n}')[0] ?? '').matchAll(/(\/\*\*(?:(?!\*\/)[^])*\*\/\s*)?\n {2}readonly (\w+)\?:/g),
    ]
      .filter(([, doc, prop]) => Object.hasOwn(effects, prop!) && !doc?.includes('@default'))
      .map(([, , prop]) => prop);
    expect(optional).toEqual([]);
  });
});

describe('the manifest of the guide', () => {
  const json = runtime({ githubToken: { variable: 'github_token' } });

  it('is recognisable in a runtime', () => {
    const { args, port, volume_mount } = container(json);
    expect(args).toEqual(expect.arrayContaining(['--headless', '--host', '0.0.0.0', '--port', '4321']));
    expect(port[0]).toMatchObject({ container_port: 4321 });
    expect(pod(json).volume[0]).toEqual({
      name: 'session-state',
      persistent_volume_claim: { claim_name: 'runtime-state' },
    });
    expect(volume_mount[0]).toEqual({ name: 'session-state', mount_path: '/var/lib/copilot' });
    expect(only(json, 'service').spec).toEqual({
      selector: only(json, 'deployment').spec.selector.match_labels,
      port: [{ name: 'copilot', port: 4321, target_port: '4321', protocol: 'TCP' }],
    });
  });

  it('has one writer: one pod, which ends before the next one starts', () => {
    const { spec } = only(json, 'deployment');
    expect(spec).toMatchObject({ replicas: '1', strategy: { type: 'Recreate' } });
    expect(claim(json).spec.access_modes).toEqual(['ReadWriteOncePod']);
    expect(claim(json).wait_until_bound).toBe(false);
    expect(spec.template.metadata.labels).toMatchObject(spec.selector.match_labels);
  });

  it('cannot be pulled away from its selector or owner by labels', () => {
    const stolen = {
      'app.kubernetes.io/instance': 'x',
      'app.kubernetes.io/name': 'x',
      'app.kubernetes.io/managed-by': 'x',
    };
    const { metadata, spec } = only(runtime({ labels: stolen }), 'deployment');
    for (const labels of [metadata.labels, spec.template.metadata.labels]) {
      expect(labels).toEqual({
        'app.kubernetes.io/instance': 'runtime',
        'app.kubernetes.io/name': 'copilot-runtime',
        'app.kubernetes.io/managed-by': 'copilot-runtimes',
      });
    }
  });
});

describe('egress to a range', () => {
  const block = (cidr: string, apiServerCidrs: string[] = []) =>
    egress(runtime({ egress: [{ cidr, port: 80 }], apiServerCidrs }))[2].to[0].ip_block;

  it.each([
    ['0.0.0.0/0', ['168.63.129.16/32', '169.254.0.0/16', '203.0.113.7/32']],
    ['168.0.0.0/6', ['168.63.129.16/32', '169.254.0.0/16']],
    ['::/0', ['fd00:ec2::254/128', 'fe80::/10']],
    ['203.0.113.0/24', ['203.0.113.7/32']],
  ])('%s leaves out the metadata services and the API server', (cidr, except) => {
    expect(block(cidr, ['203.0.113.7/32'])).toEqual({ cidr, except });
  });

  it.each(['169.254.169.254/32', '10.0.0.0/8', '203.0.113.7/32'])('%s is taken as it is', (cidr) => {
    expect(block(cidr, ['203.0.113.7/32'])).toEqual({ cidr });
  });
});

describe('PropsError', () => {
  const mistakes = (build: () => unknown): readonly string[] => {
    try {
      build();
    } catch (error) {
      if (error instanceof PropsError) return error.mistakes;
      throw error;
    }
    return [];
  };

  it('names every mistake in the props of a runtime', () => {
    const wrong: RuntimeProps = {
      namespace: 'Acme_1',
      name: '0-runtime',
      image: 'an image',
      port: 80,
      memoryMiB: 1.5,
      sizeGiB: 0,
      terminationGracePeriodSeconds: 0,
      connectionTokenRevision: 0,
      githubToken: { revision: 0 },
      providerKey: { variable: 'key', revision: 0 },
      cpu: '1 core',
      cpuLimit: 'many',
      accessMode: 'ReadWriteMany',
      egress: [{ port: 1 }],
      args: ['--port', '81'],
      env: { COPILOT_HOME: '/tmp', COPILOT_RUNTIMES_HEALTH: ':1' },
    };
    expect(mistakes(() => runtime(wrong)).map((text) => text.split(' must')[0])).toEqual([
      'namespace',
      'port',
      'memoryMiB',
      'sizeGiB',
      'terminationGracePeriodSeconds',
      'connectionTokenRevision',
      'githubToken.revision',
      'providerKey.revision',
      'cpu',
      'cpuLimit',
      'name',
      'image',
      'githubToken',
      'accessMode',
      'egress[0]',
      'args',
      'args',
      'args',
      'env COPILOT_HOME',
      'env COPILOT_RUNTIMES_HEALTH',
    ]);
    expect(mistakes(() => runtime(wrong))[0]).toMatchInlineSnapshot(
      `"namespace must be lower-case letters, digits and inner hyphens, at most 63 characters, got "Acme_1": rename it"`,
    );
  });

  it.each<[string, Partial<RuntimeProps>, Partial<RuntimeProps>]>([
    ['cpuLimit below cpu', { cpu: '2', cpuLimit: '1500m' }, { cpu: '1.5', cpuLimit: '1500m' }],
    ['port of the host', { port: 4380 }, { port: 4381 }],
    [
      'Secret of the runtime itself',
      { githubToken: { existingSecret: { name: 'runtime-connection-token', key: 'k' } } },
      { githubToken: { existingSecret: { name: 'github', key: 'k' } } },
    ],
    [
      'two sources',
      { githubToken: { variable: 'a', existingSecret: { name: 'b', key: 'c' } } },
      { githubToken: { variable: 'a' } },
    ],
    [
      'both kinds of destination',
      { egress: [{ cidr: '10.0.0.0/8', namespace: 'a', podSelector: {}, port: 1 }] },
      {},
    ],
    [
      'half a destination',
      { egress: [{ namespace: 'a', port: 1 }] },
      { egress: [{ namespace: 'a', podSelector: {}, port: 1 }] },
    ],
    [
      'home outside by ..',
      { env: { COPILOT_HOME: '/var/lib/copilot/../x' } },
      { env: { COPILOT_HOME: '/var/lib/copilot/x' } },
    ],
    ['home at the mount', { env: { COPILOT_HOME: '/var/lib/copilot' } }, {}],
    [
      'many writers',
      { accessMode: 'ReadWriteMany' },
      { accessMode: 'ReadWriteMany', sharedClaimName: 'shared' },
    ],
  ])('%s is refused, and its twin is not', (_, wrong, right) => {
    expect(mistakes(() => runtime(wrong))).toHaveLength(1);
    expect(mistakes(() => runtime(right))).toEqual([]);
  });

  it('names every mistake in the props of an envelope', () => {
    const wrong = { namespace: 'kube-system', quotaCpu: 'x', quotaMemoryMiB: 1, quotaPods: 0, port: 0 };
    expect(mistakes(() => envelope(wrong)).map((text) => text.split(' must')[0])).toEqual([
      'quotaCpu',
      'quotaMemoryMiB',
      'quotaPods',
      'port',
      'namespace',
    ]);
  });

  it('names every mistake in the props of a pool', () => {
    const pool = (props: RuntimePoolProps) => () => stackOf((stack) => new RuntimePool(stack, 'Pool', props));
    const here = { namespace: 'pool', image: IMAGE };
    expect(mistakes(pool({ envelope: { namespace: 'pool' }, replicas: {} }))).toEqual([
      'replicas must name at least one runtime, got none: add one',
    ]);
    expect(
      mistakes(
        pool({
          envelope: { namespace: 'pool' },
          replicas: { 0: { ...here, name: 'a' }, 1: { ...here, name: 'a', namespace: 'b' } },
        }),
      ),
    ).toEqual([
      'replicas 1 must live in the namespace of the pool, pool: set it',
      'replicas must have names of their own, got "a" twice: rename one',
    ]);
    expect(mistakes(pool({ envelope: { namespace: 'pool' }, replicas: { 0: here, 7: here } }))).toEqual([]);
  });

  it('does not look into values that only Terraform knows', () => {
    const json = stackOf((stack) => {
      const variable = new TerraformVariable(stack, 'v', {});
      const { stringValue, numberValue } = variable;
      const later = Fn.lower(stringValue);
      const after = new TenantEnvelope(stack, 'Envelope', {
        namespace: later,
        quotaCpu: stringValue,
        quotaMemoryMiB: numberValue,
        quotaPods: numberValue,
        port: numberValue,
      });
      new Runtime(
        stack,
        'Runtime',
        {
          namespace: later,
          name: stringValue,
          image: Token.asString({ resolve: () => 'an image' }),
          args: variable.listValue,
          env: { COPILOT_HOME: stringValue },
          port: numberValue,
          memoryMiB: numberValue,
          sizeGiB: numberValue,
          connectionTokenRevision: numberValue,
          terminationGracePeriodSeconds: numberValue,
          cpu: stringValue,
          cpuLimit: stringValue,
          accessMode: stringValue,
          apiServerCidrs: [stringValue],
          egress: [{ cidr: stringValue, port: numberValue }],
        },
        after.ready,
      );
      new RuntimePool(stack, 'Pool', {
        envelope: { namespace: later },
        replicas: { 0: { namespace: stringValue, image: IMAGE } },
      });
    });
    expect(JSON.stringify(json)).not.toMatch(/e\+\d{3}|TfToken/);
    expect(only(json, 'service', '${var.v}').metadata.namespace).toBe('${lower(var.v)}');
    expect(only(json, 'deployment', '${var.v}').spec.template.spec.container[0]).toMatchObject({
      image: 'an image',
      args: '${var.v}',
    });
  });
});

describe('RuntimePool', () => {
  const json = stackOf(
    (stack) =>
      new RuntimePool(stack, 'Pool', {
        envelope: { namespace: 'pool' },
        replicas: { 0: { namespace: 'pool', image: IMAGE }, 3: { namespace: 'pool', image: IMAGE } },
      }),
  );

  it('is one envelope with runtimes of their own name, token, volume and Service', () => {
    expect(all(json, 'namespace')).toHaveLength(1);
    for (const kind of ['deployment', 'service', 'secret', 'persistent_volume_claim']) {
      expect(all(json, kind).map(({ metadata }) => metadata.name.replace(/^(runtime-\d).*/, '$1'))).toEqual([
        'runtime-0',
        'runtime-3',
      ]);
    }
  });

  it('has room for all of its replicas, with a second pod for each', () => {
    expect(only(json, 'resource_quota').spec.hard).toEqual({
      pods: '6',
      'requests.cpu': '1',
      'requests.memory': '2048Mi',
      'limits.memory': '2048Mi',
    });
  });

  it('has Services that lead to their own replica only', () => {
    const labels = all(json, 'deployment').map(({ spec }) => spec.template.metadata.labels);
    const matched = all(json, 'service').map(({ spec }) =>
      labels.filter((pod) => Object.entries(spec.selector).every(([key, value]) => pod[key] === value)),
    );
    expect(matched.map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe('topologies', () => {
  const hybrid = plan(
    topology('hybrid', {
      tenants: {
        acme: { placement: 'dedicated' },
        globex: { placement: 'dedicated', cell: 'c02' },
        docs: { placement: 'pool' },
      },
    }),
  ).plan;
  const namespaces = (json: TerraformJson) =>
    all(json, 'namespace').map(({ metadata }) => metadata.name.slice(0, -11));

  it('IsolatedTopology has the dedicated tenants, all or of a cell', () => {
    const of = (cell?: string) =>
      namespaces(
        stackOf((stack) => new IsolatedTopology(stack, 'T', { plan: hybrid, ...(cell && { cell }) })),
      );
    expect(of()).toEqual(['prod-tenant-acme', 'prod-tenant-globex']);
    expect(of('c02')).toEqual(['prod-tenant-globex']);
  });

  it('SharedTopology has the pool, or nothing where there is none', () => {
    expect(namespaces(stackOf((stack) => new SharedTopology(stack, 'T', { plan: hybrid })))).toEqual([
      'prod-pool',
    ]);
    const none = plan(topology('isolated')).plan;
    expect(stackOf((stack) => new SharedTopology(stack, 'T', { plan: none })).resource).toBeUndefined();
  });

  it('HybridTopology has both', () => {
    const json = stackOf((stack) => new HybridTopology(stack, 'T', { plan: hybrid }));
    expect(namespaces(json).sort()).toEqual(['prod-pool', 'prod-tenant-acme', 'prod-tenant-globex']);
  });

  it('labels the namespace of the pool as that of no single replica', () => {
    const json = stackOf((stack) => new SharedTopology(stack, 'T', { plan: hybrid }));
    expect(only(json, 'namespace').metadata.labels).not.toHaveProperty(['copilot-runtimes/runtime']);
    expect(all(json, 'deployment')[1].metadata.labels).toMatchObject({
      'copilot-runtimes/runtime': 'pool.1',
    });
  });

  it('has a quota that holds the runtime, whatever it asks for', () => {
    const { plan: large } = plan(
      topology('hybrid', {
        runtime: { image: IMAGE, integrationId: 'acme', resources: { cpu: '4', memoryMiB: 8192 } },
      }),
    );
    const json = stackOf((stack) => new HybridTopology(stack, 'T', { plan: large }));
    expect(all(json, 'resource_quota').map(({ spec }) => spec.hard)).toEqual([
      { pods: '4', 'requests.cpu': '8', 'requests.memory': '16384Mi', 'limits.memory': '16384Mi' },
      { pods: '10', 'requests.cpu': '16400m', 'requests.memory': '33792Mi', 'limits.memory': '33792Mi' },
    ]);
    const runtimes = all(json, 'deployment').filter(({ metadata }) => metadata.name !== 'gateway');
    for (const { spec } of runtimes) {
      expect(spec.template.spec.container[0].resources.limits.cpu).toBe('4');
    }
  });

  it('takes plans for Kubernetes only', () => {
    const local = plan(topology('isolated', { platform: 'local', runtime: { integrationId: 'acme' } })).plan;
    expect(() => stackOf((stack) => new IsolatedTopology(stack, 'T', { plan: local }))).toThrow(
      'the plan is for platform local: plan a topology with platform kubernetes',
    );
  });
});
