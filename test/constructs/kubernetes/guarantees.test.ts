import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { readSecrets } from '../../../services/runtime-host/secrets.js';
import { SECRET_FILES, SECRETS_DIRECTORY } from '../../../topology/host-contract.js';
import { parseLock, parseTopology, planTopology } from '../../../topology/index.js';
import { temporaryDirectory } from '../../support/cleanup.js';

import { Network, type Point } from './network-policy.js';
import { securityProblems } from './pod-security.js';
import {
  addresses,
  difference,
  all,
  EXAMPLES,
  IMAGE,
  plan,
  strings,
  synthPlan,
  topology,
  type Json,
  type TerraformJson,
} from './support.js';

/** Everything that a topology for Kubernetes can have, with tenants of every kind. */
const RICH = topology('hybrid', {
  runtime: {
    image: IMAGE,
    integrationId: 'acme',
    auth: { githubToken: { variable: 'github_token' } },
    telemetry: { otlp: { namespace: 'observability', podSelector: { app: 'otel' }, service: 'otel' } },
    proxy: { https: 'http://proxy.example:3128' },
    caBundle: { configMap: 'ca' },
  },
  tenants: {
    acme: {
      placement: 'dedicated',
      clients: [
        { namespace: 'acme-app', serviceAccount: 'backend', podSelector: { app: 'backend' } },
        { namespace: 'acme-app', serviceAccount: 'backend', podSelector: { app: 'worker' } },
      ],
    },
    globex: {
      placement: 'dedicated',
      clients: [{ namespace: 'globex-app', serviceAccount: 'web' }],
      auth: {
        provider: { baseUrl: 'https://m.example', model: 'm', apiKey: { variable: 'github_token_2' } },
      },
    },
    umbrella: {
      placement: 'dedicated',
      cell: 'c02',
      clients: [{ namespace: 'umbrella-app', serviceAccount: 'web' }],
      auth: {
        provider: { baseUrl: 'https://m.example', model: 'm', apiKey: { existingSecret: { name: 'model' } } },
      },
    },
    hooli: {
      placement: 'dedicated',
      auth: { githubToken: { existingSecret: { name: 'hooli-github', key: 'pat' } } },
    },
    initech: { placement: 'dedicated', state: 'suspended' },
    gone: { placement: 'dedicated', state: 'retired' },
    docs: { placement: 'pool', clients: [{ namespace: 'docs-app', serviceAccount: 'web' }] },
  },
  kubernetes: {
    egress: [
      { namespace: 'mcp', podSelector: { app: 'mcp' }, port: 8080 },
      { cidr: '10.20.0.0/24', port: 5432 },
      { cidr: '0.0.0.0/0', port: 80 },
    ],
    dnsCidrs: ['169.254.20.10/32'],
    apiServerCidrs: ['203.0.113.7/32'],
    existingNamespaces: { hooli: 'hooli-copilot' },
    monitoring: {
      namespace: 'monitoring',
      podMonitor: { labels: { release: 'prometheus' } },
      annotations: true,
    },
  },
});

const rich = synthPlan(plan(RICH).plan);
const copy = <T>(value: T): T => structuredClone(value);

describe('security', () => {
  const examples = EXAMPLES.map((file) => {
    const lock = parseLock(readFileSync(file.replace('.yaml', '.lock.json'), 'utf8'));
    return [file, synthPlan(planTopology(parseTopology(readFileSync(file, 'utf8')), lock))] as const;
  });

  it.each([...examples, ['every setting', rich] as const])(
    '%s holds Pod Security restricted',
    (_, stacks) => {
      expect(Object.values(stacks).flatMap(securityProblems)).toEqual([]);
      expect(Object.values(stacks).flatMap((stack) => all(stack, 'deployment'))).not.toEqual([]);
    },
  );

  const podOf = (stack: TerraformJson) => all(stack, 'deployment')[0].spec.template.spec;
  const settings = [
    'run_as_non_root',
    'run_as_user',
    'run_as_group',
    'seccomp_profile',
    'privileged',
    'allow_privilege_escalation',
    'read_only_root_filesystem',
    'capabilities',
  ];
  it.each<[string, (stack: TerraformJson) => void, string]>([
    ...settings.map((key): [string, (stack: TerraformJson) => void, string] => [
      `a container without ${key}`,
      (stack) => delete podOf(stack).container[0].security_context[key],
      `copilot-runtime: ${key}`,
    ]),
    [
      'a container without a block',
      (stack) => delete podOf(stack).container[0].security_context,
      'copilot-runtime: privileged',
    ],
    [
      'a second container without settings',
      (stack) => (podOf(stack).init_container = [{ name: 'init', image: 'x' }]),
      'init: capabilities',
    ],
    [
      'a kept capability',
      (stack) => (podOf(stack).container[0].security_context.capabilities.add = ['NET_RAW']),
      'copilot-runtime: capabilities',
    ],
    ['a pod without fs_group', (stack) => delete podOf(stack).security_context.fs_group, 'pod: fs_group'],
    [
      'a pod without seccomp',
      (stack) => delete podOf(stack).security_context.seccomp_profile,
      'pod: seccomp_profile',
    ],
    [
      'a mounted account token',
      (stack) => delete podOf(stack).automount_service_account_token,
      'pod: automount_service_account_token',
    ],
    [
      'an account that mounts',
      (stack) => delete all(stack, 'service_account')[0].automount_service_account_token,
      'account runtime: automount',
    ],
    [
      'a host path',
      (stack) => podOf(stack).volume.push({ name: 'x', host_path: { path: '/' } }),
      'host_path',
    ],
    ['the network of the host', (stack) => (podOf(stack).host_network = true), 'host_network'],
    ['a port of the host', (stack) => (podOf(stack).container[0].port[0].host_port = 1), 'host_port'],
    [
      'a volume of another kind',
      (stack) => podOf(stack).volume.push({ name: 'x', nfs: {} }),
      'volume x: nfs',
    ],
    [
      'a laxer namespace',
      (stack) =>
        (all(stack, 'namespace')[0].metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
      'enforce',
    ],
  ])('the walker finds %s', (_, sabotage, problem) => {
    const stack = copy(rich['prod-c01']!);
    sabotage(stack);
    expect(securityProblems(stack).join('\n')).toContain(problem);
  });
});

describe('network', () => {
  const pods: Point[] = Object.values(rich)
    .flatMap((stack) => all(stack, 'deployment'))
    .filter(({ spec }) => spec.replicas !== '0')
    .map(({ metadata, spec }, index) => {
      const { labels } = spec.template.metadata;
      return {
        name: labels['copilot-runtimes/runtime'] ?? 'gateway',
        namespace: metadata.namespace,
        labels,
        ip: `10.244.0.${index + 1}`,
      };
    });
  const runtimes = pods.filter(({ name }) => name !== 'gateway');
  const pod = (name: string, namespace: string, labels: Record<string, string> = {}): Point => ({
    name,
    namespace,
    labels,
    ip: '10.244.9.9',
  });
  const others: Point[] = [
    pod('acme backend', 'acme-app', { app: 'backend' }),
    pod('acme worker', 'acme-app', { app: 'worker' }),
    pod('acme other', 'acme-app', { app: 'other' }),
    pod('globex web', 'globex-app'),
    pod('umbrella web', 'umbrella-app'),
    pod('docs web', 'docs-app'),
    pod('stranger', 'default', { app: 'backend' }),
    // Somebody who may make pods elsewhere labels one as a runtime.
    pod('impostor', 'default', {
      'app.kubernetes.io/name': 'copilot-runtime',
      'app.kubernetes.io/instance': 'runtime',
    }),
    pod('otel', 'observability', { app: 'otel' }),
    pod('beside otel', 'observability'),
    pod('prometheus', 'monitoring', { 'app.kubernetes.io/name': 'prometheus' }),
    pod('beside prometheus', 'monitoring'),
    pod('mcp', 'mcp', { app: 'mcp' }),
    pod('dns', 'kube-system', { 'k8s-app': 'kube-dns' }),
    pod('beside dns', 'kube-system'),
  ];
  const outside: Point[] = Object.entries({
    'API server': '203.0.113.7',
    metadata: '169.254.169.254',
    'Azure platform': '168.63.129.16',
    'node-local DNS': '169.254.20.10',
    private: '10.1.2.3',
    database: '10.20.0.4',
    'private 172': '172.20.0.1',
    'private 192': '192.168.1.1',
    public: '140.82.112.5',
    'public IPv6': '2606:50c0::1',
  }).map(([name, ip]) => ({ name, ip }));
  const PORTS = [4321, 4322, 6443, 4380, 4390, 4318, 8080, 5432, 80, 443, 53, 22];

  const routes = (stacks: Record<string, TerraformJson>) => {
    const network = new Network(Object.values(stacks));
    const points = [...pods, ...others, ...outside];
    return points.flatMap((from) =>
      points
        // Only what a runtime is one end of; nobody else is our business.
        .filter((to) => from !== to && (pods.includes(from) || pods.includes(to)))
        .flatMap((to) => [
          ...PORTS.filter((port) => network.reaches(from, to, { protocol: 'TCP', port })).map(
            (port) => `${from.name} → ${to.name} ${port}`,
          ),
          ...(network.reaches(from, to, { protocol: 'UDP', port: 53 })
            ? [`${from.name} → ${to.name} udp 53`]
            : []),
          ...(network.reaches(from, to, { protocol: 'UDP', port: 443 })
            ? [`${from.name} → ${to.name} udp 443`]
            : []),
        ]),
    );
  };

  it('is open exactly for named clients inwards, and for DNS, HTTPS and what is named outwards', () => {
    expect(pods.map(({ name }) => name).sort()).toEqual([
      'gateway',
      'pool.0',
      'pool.1',
      'tenant.acme',
      'tenant.globex',
      'tenant.hooli',
      'tenant.umbrella',
    ]);
    const outwards = runtimes.flatMap(({ name }) =>
      [
        'dns 53',
        'dns udp 53',
        'node-local DNS 53',
        'node-local DNS udp 53',
        'otel 4318',
        'mcp 8080',
        'database 5432',
        'public 443',
        // The topology opens port 80 to all addresses: the metadata services and the API server stay shut.
        ...['public', 'private', 'private 172', 'private 192', 'database'].map((to) => `${to} 80`),
        ...others.map((to) => `${to.name} 80`),
      ].map((to) => `${name} → ${to}`),
    );
    const inwards = [
      'docs web → gateway 4322',
      'acme backend → tenant.acme 4321',
      'acme worker → tenant.acme 4321',
      'globex web → tenant.globex 4321',
      'umbrella web → tenant.umbrella 4321',
    ];
    const scrapes = pods.map(({ name }) => `prometheus → ${name} 4380`);
    const ofGateway = [
      ...['dns', 'node-local DNS'].flatMap((to) => [`${to} 53`, `${to} udp 53`]),
      // Its way to the API server, which has another address on every cluster. Metadata services stay shut.
      ...[
        ...others.map(({ name }) => name),
        'API server',
        'private',
        'database',
        'private 172',
        'private 192',
      ]
        .concat('public', 'public IPv6')
        .flatMap((to) => [`${to} 443`, `${to} 6443`]),
      'pool.0 4321',
      'pool.1 4321',
    ].map((to) => `gateway → ${to}`);
    expect(routes(rich).sort()).toEqual([...outwards, ...inwards, ...scrapes, ...ofGateway].sort());
  });

  const policy = (stacks: Record<string, TerraformJson>, name: string, tenant: string) =>
    Object.values(stacks)
      .flatMap((stack) => all(stack, 'network_policy'))
      .find(
        ({ metadata }) => metadata.name === name && metadata.labels['copilot-runtimes/tenant'] === tenant,
      );
  const without = (stacks: Record<string, TerraformJson>, victim: Json) => {
    for (const { resource } of Object.values(stacks)) {
      const policies = resource?.kubernetes_network_policy_v1 ?? {};
      for (const [id, body] of Object.entries(policies)) {
        if (body === victim) delete (policies as Record<string, Json>)[id];
      }
    }
  };

  it.each<[string, (stacks: Record<string, TerraformJson>) => void, string]>([
    [
      'a tenant without deny-all, which the policy for Prometheus would replace',
      (stacks) => ['deny-all', 'metrics'].forEach((name) => without(stacks, policy(stacks, name, 'hooli'))),
      'stranger → tenant.hooli 4321',
    ],
    [
      'an empty list of clients, which the provider drops',
      (stacks) => (policy(stacks, 'clients', 'acme').spec.ingress[0].from = []),
      'stranger → tenant.acme 4321',
    ],
    [
      'clients of any namespace',
      (stacks) =>
        delete policy(stacks, 'clients', 'acme').spec.ingress[0].from[0].namespace_selector.match_labels,
      'stranger → tenant.acme 4321',
    ],
    [
      'clients on any port',
      (stacks) => delete policy(stacks, 'clients', 'acme').spec.ingress[0].ports,
      'acme backend → tenant.acme 4380',
    ],
    [
      'metrics for everybody',
      (stacks) => (policy(stacks, 'metrics', 'acme').spec.ingress[0].from = []),
      'stranger → tenant.acme 4380',
    ],
    [
      'metrics for whoever runs beside Prometheus',
      (stacks) => delete policy(stacks, 'metrics', 'acme').spec.ingress[0].from[0].pod_selector.match_labels,
      'beside prometheus → tenant.acme 4380',
    ],
    [
      'a Prometheus that gets more than the metrics',
      (stacks) => delete policy(stacks, 'metrics', 'acme').spec.ingress[0].ports,
      'prometheus → tenant.acme 4321',
    ],
    [
      'egress without exceptions',
      (stacks) => delete policy(stacks, 'runtime-egress', 'acme').spec.egress[2].to[0].ip_block.except,
      'tenant.acme → metadata 443',
    ],
    [
      'egress to a wide range without exceptions',
      (stacks) => delete policy(stacks, 'runtime-egress', 'acme').spec.egress[5].to[0].ip_block.except,
      'tenant.acme → metadata 80',
    ],
    [
      'tenants that are open both ways',
      (stacks) => {
        delete policy(stacks, 'clients', 'globex').spec.ingress[0].from;
        policy(stacks, 'runtime-egress', 'acme').spec.egress.push({});
      },
      'tenant.acme → tenant.globex 4321',
    ],
  ])('the evaluator finds %s', (_, sabotage, route) => {
    const stacks = copy(rich);
    sabotage(stacks);
    expect(routes(rich)).not.toContain(route);
    expect(routes(stacks)).toContain(route);
  });

  it.each<[string, string, (spec: Json) => unknown, string]>([
    [
      'a gateway for everybody',
      'gateway-clients',
      (spec) => (spec.ingress[0].from = []),
      'stranger → gateway 4322',
    ],
    [
      'replicas for the clients of the gateway',
      'gateway-to-replicas',
      (spec) => delete spec.ingress[0].from[0].pod_selector.match_labels,
      'pool.0 → pool.1 4321',
    ],
    [
      'metrics of the gateway for everybody',
      'gateway-metrics',
      (spec) => (spec.ingress[0].from = []),
      'stranger → gateway 4380',
    ],
    [
      'a gateway that reaches metadata',
      'gateway-egress',
      (spec) => delete spec.egress.at(-1).to[0].ip_block.except,
      'gateway → metadata 443',
    ],
  ])('the evaluator finds %s', (_, name, sabotage, route) => {
    const stacks = copy(rich);
    sabotage(all(stacks['prod-base']!, 'network_policy').find(({ metadata }) => metadata.name === name).spec);
    if (name === 'gateway-to-replicas') {
      // The replicas' own policy does not let them out to each other; what is tested is the way in.
      all(stacks['prod-base']!, 'network_policy')
        .filter(({ metadata }) => metadata.name === 'runtime-0-egress')
        .forEach(({ spec }) => spec.egress.push({}));
    }
    expect(routes(rich)).not.toContain(route);
    expect(routes(stacks)).toContain(route);
  });

  it('has no policy of clients, role or binding where there are none', () => {
    const hooli = all(rich['prod-c01']!, 'network_policy').filter(
      ({ metadata }) => metadata.labels['copilot-runtimes/tenant'] === 'hooli',
    );
    expect(hooli.map(({ metadata }) => metadata.name).sort()).toEqual([
      'deny-all',
      'metrics',
      'runtime-egress',
    ]);
    const input = copy(RICH);
    delete input.tenants.docs.clients;
    const base = synthPlan(plan(input).plan)['prod-base']!;
    const names = (kind: string) =>
      all(base, kind)
        .map(({ metadata }) => metadata.name)
        .sort();
    expect(names('network_policy')).toEqual([
      'deny-all',
      'gateway-egress',
      'gateway-metrics',
      'gateway-to-replicas',
      'metrics',
      'runtime-0-egress',
      'runtime-1-egress',
    ]);
    for (const kind of ['role', 'role_binding', 'config_map']) expect(names(kind)).toEqual(['gateway']);
  });
});

describe('secrets', () => {
  /** Text of a template that is the whole string. */
  const expression = (text: string) => /^\$\{([^}]*)\}$/.exec(text)?.[1];

  /** Where the value of a Secret comes from: `random`, `variable <name>`, or `elsewhere` without a Secret of ours. */
  function source(stack: TerraformJson, namespace: string, name: string, key: string): string {
    const found = all(stack, 'secret').filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    );
    if (found.length === 0) return `elsewhere ${name}/${key}`;
    expect(found).toHaveLength(1);
    const [kind, name1 = '', name2 = ''] = expression(found[0].data_wo[key])!.split('.');
    if (kind === 'var') {
      expect(stack.variable![name1]).toMatchObject({ ephemeral: true, sensitive: true, nullable: false });
      return `variable ${name1}`;
    }
    expect([kind, stack.ephemeral![name1]![name2]]).toEqual(['ephemeral', { length: 48, special: false }]);
    return 'random';
  }

  /** What the host finds in its secrets directory, by file. */
  function filesOf(stack: TerraformJson, deployment: Json): Record<string, string> {
    const { volume, container } = deployment.spec.template.spec;
    const secrets = volume.find(({ name }: Json) => name === 'secrets');
    expect(container[0].volume_mount).toContainEqual({
      name: 'secrets',
      mount_path: SECRETS_DIRECTORY,
      read_only: true,
    });
    return Object.fromEntries(
      secrets.projected[0].sources.flatMap(({ secret, ...more }: Json) => {
        // Several Secrets in one source come back from the API as several sources: a difference for ever.
        expect([more, secret.length]).toEqual([{}, 1]);
        return secret[0].items.map((item: Json) => [
          item.path,
          source(stack, deployment.metadata.namespace, secret[0].name, item.key),
        ]);
      }),
    );
  }

  it('lead from their source to the file that the host reads', () => {
    const found = Object.fromEntries(
      Object.values(rich).flatMap((stack) =>
        all(stack, 'deployment').map((deployment) => [
          deployment.metadata.labels['copilot-runtimes/runtime'] ?? 'gateway',
          filesOf(stack, deployment),
        ]),
      ),
    );
    const [token, github] = [SECRET_FILES.connectionToken, SECRET_FILES.githubToken];
    const shared = { [token]: 'random', [github]: 'variable github_token' };
    expect(found).toEqual({
      gateway: { 'replica-0': 'random', 'replica-1': 'random' },
      'pool.0': shared,
      'pool.1': shared,
      'tenant.acme': shared,
      'tenant.globex': { [token]: 'random' },
      'tenant.hooli': { [token]: 'random', [github]: 'elsewhere hooli-github/pat' },
      'tenant.initech': shared,
      'tenant.umbrella': { [token]: 'random' },
    });
  });

  it('are read by the host as they are mounted', () => {
    const directory = path.join(temporaryDirectory(), SECRETS_DIRECTORY);
    mkdirSync(directory, { recursive: true });
    const acme = all(rich['prod-c01']!, 'deployment')[0];
    for (const file of Object.keys(filesOf(rich['prod-c01']!, acme))) {
      writeFileSync(path.join(directory, file), `${file}-`.repeat(4));
    }
    const mistakes: string[] = [];
    expect(readSecrets(directory, mistakes)).toEqual({
      connectionToken: 'connection-token-'.repeat(4),
      githubToken: 'github-token-'.repeat(4),
    });
    expect(mistakes).toEqual([]);
  });

  it('are written by write-only arguments, one object per value, each random value once', () => {
    for (const stack of Object.values(rich)) {
      for (const secret of all(stack, 'secret')) {
        expect(Object.keys(secret.data_wo)).toHaveLength(1);
        expect(secret.data_wo_revision).toBeGreaterThanOrEqual(1);
        expect(secret).not.toHaveProperty('data');
      }
      const text = JSON.stringify(stack.resource ?? {});
      for (const id of Object.keys(stack.ephemeral?.random_password ?? {})) {
        expect(text.split(`\${ephemeral.random_password.${id}.result}`)).toHaveLength(2);
      }
      expect(stack.terraform.required_version).toBe('>= 1.11');
    }
  });

  /** Every place in a stack where Terraform puts something in. */
  const templates = (stack: TerraformJson) =>
    [...strings(stack)]
      .filter(([, text]) => /(?<!\$)\$\{|(?<!%)%\{/.test(text))
      .map(([at]) =>
        at
          .replace(/^\.(resource)\.(\w+)\.\w+|^\.(variable)\.(\w+)\.validation/, '$1$3 $2$4')
          .replace(/\[\d+\]/g, ''),
      );

  it('are in no environment, argument, ConfigMap or other place', () => {
    const places = new Set(Object.values(rich).flatMap(templates));
    expect([...places].sort()).toEqual([
      'resource kubernetes_secret_v1.data_wo.connection-token',
      'resource kubernetes_secret_v1.data_wo.gateway-token',
      'resource kubernetes_secret_v1.data_wo.github-token',
      'resource kubernetes_secret_v1.data_wo.provider-key',
      'variable github_token.condition',
      'variable github_token_2.condition',
    ]);
  });

  it('are found by that test in an environment', () => {
    const stack = copy(rich['prod-c01']!);
    const { env } = all(stack, 'deployment')[0].spec.template.spec.container[0];
    env.push({ name: 'T', value: '${var.github_token}' });
    expect(templates(stack)).toContain(
      'resource kubernetes_deployment_v1.spec.template.spec.container.env.value',
    );
  });

  it('are readable for exactly the clients of a tenant', () => {
    const c01 = rich['prod-c01']!;
    const roles = Object.fromEntries(
      Object.values(rich)
        .flatMap((stack) => all(stack, 'role'))
        .map(({ metadata, rule }) => [metadata.labels['copilot-runtimes/tenant'] ?? metadata.name, rule]),
    );
    const get = (resources: string, names: string[]) => ({
      api_groups: [''],
      resources: [resources],
      resource_names: names,
      verbs: ['get'],
    });
    const manifest = get('configmaps', ['copilot-runtimes']);
    expect(roles).toEqual({
      // Rights do not know labels, so that it may follow all Secrets of the pool's namespace.
      gateway: [{ api_groups: [''], resources: ['secrets'], verbs: ['list', 'watch'] }],
      docs: [get('secrets', ['gateway-token-docs-a']), get('configmaps', ['copilot-runtimes-docs'])],
      acme: [get('secrets', ['runtime-connection-token']), manifest],
      globex: [get('secrets', ['runtime-connection-token', 'runtime-provider-key']), manifest],
      umbrella: [get('secrets', ['runtime-connection-token', 'model']), manifest],
    });
    const binding = all(c01, 'role_binding')[0];
    expect(binding.subject).toEqual([{ kind: 'ServiceAccount', namespace: 'acme-app', name: 'backend' }]);
    expect(binding.role_ref).toEqual({
      api_group: 'rbac.authorization.k8s.io',
      kind: 'Role',
      name: 'runtime-client',
    });
    expect(binding.metadata.namespace).toMatch(/^prod-tenant-acme-/);
  });

  const revised = (change: (input: Json) => void) => {
    const input = copy(RICH);
    change(input);
    return difference(addresses(rich), addresses(synthPlan(plan(input).plan)))
      .map((where) => where.replace(/^(prod-\w+)\/kubernetes_(\w+)_v1\.(\w+)_[0-9A-F]{8}/, '$2 $3'))
      .sort();
  };
  const annotation = (tenant: string, of: string) =>
    `deployment ${tenant} spec template metadata annotations copilot-runtimes/${of}-revision`;

  it.each<[string, (input: Json) => void, string[]]>([
    [
      'the connection token of a tenant',
      (input) => (input.tenants.acme.connectionTokenRevision = 2),
      [
        annotation('Dedicated_acme_Runtime', 'connection-token'),
        'secret Dedicated_acme_Runtime_ConnectionToken data_wo_revision',
      ],
    ],
    [
      'the connection tokens of the pool',
      (input) => (input.pool.connectionTokenRevision = 3),
      [
        ...['0', '1'].flatMap((replica) => [
          annotation(`Shared_Pool_${replica}`, 'connection-token'),
          `secret Shared_Pool_${replica}_ConnectionToken data_wo_revision`,
        ]),
        annotation('Shared_Pool_Gateway', 'connection-token'),
      ],
    ],
    [
      'a gateway token, which the gateway takes up without a restart',
      (input) => (input.tenants.docs.gatewayToken = { a: 2 }),
      [
        'config_map Shared_Pool_Gateway_Config data gateway.json',
        'secret Shared_Pool_Gateway_docs_a data_wo_revision',
      ],
    ],
    [
      'the GitHub token of a tenant',
      (input) => (input.tenants.acme.auth = { githubToken: { variable: 'github_token', revision: 2 } }),
      [
        annotation('Dedicated_acme_Runtime', 'github-token'),
        'secret Dedicated_acme_Runtime_GitHubToken data_wo_revision',
      ],
    ],
    [
      'a GitHub token of somebody else, which changes the pod only',
      (input) => (input.tenants.hooli.auth.githubToken.revision = 2),
      [annotation('Dedicated_hooli_Runtime', 'github-token')],
    ],
    [
      'the key of a provider, which no pod mounts',
      (input) => (input.tenants.globex.auth.provider.apiKey.revision = 2),
      ['secret Dedicated_globex_Runtime_ProviderKey data_wo_revision'],
    ],
  ])('raising the revision of %s changes nothing else', (_, change, expected) => {
    expect(revised(change)).toEqual(expected.sort());
  });
});
