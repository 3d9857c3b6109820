import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';

import { renderPlan, type Folder, type SecretMode } from '../../render/index.js';
import { loadModels } from '../../render/models.js';
import type { RenderedObject } from '../../render/rendered-object.js';
import { buildInMemory } from '../../render/stacks.js';
import { InputError, lockOf, parseTopology, planTopology, type Plan } from '../../topology/index.js';

import { invalid } from './support.js';

const models = await loadModels();

type Changes = Readonly<Record<string, unknown>>;

function topologyText(changes: Changes = {}): string {
  return JSON.stringify({
    name: 'prod',
    platform: 'kubernetes',
    pattern: 'isolated',
    runtime: {
      image: `registry.example.com/runtimes@sha256:${'0'.repeat(64)}`,
      integrationId: 'acme-assistant',
      auth: { githubToken: { variable: 'github_token' } },
    },
    storage: { class: 'managed-csi' },
    tenants: { acme: { clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }] } },
    ...changes,
  });
}

const planOf = (changes: Changes = {}) => planTopology(parseTopology(topologyText(changes)));
const render = (changes: Changes = {}, mode?: SecretMode) => renderPlan(planOf(changes), mode);

const PATTERNS: Readonly<Record<Plan['pattern'], Changes>> = {
  isolated: { tenants: { acme: {}, globex: { cell: 'c02' } } },
  shared: { pattern: 'shared', pool: { replicas: 2 }, tenants: { acme: {}, globex: {} } },
  hybrid: {
    pattern: 'hybrid',
    pool: { replicas: 1 },
    tenants: { acme: { placement: 'dedicated' }, globex: { placement: 'pool' } },
  },
};

const all = (folders: readonly Folder[]) => folders.flatMap(({ objects }) => objects);
const texts = (folders: readonly Folder[]) =>
  folders.flatMap(({ files }) => files.map(({ text }) => text)).join('');
const ofKind = (folders: readonly Folder[], kind: string, name?: string) =>
  all(folders).filter(
    (object) => object.kind === kind && (name === undefined || object.metadata.name === name),
  );

/** What the files say, in the order of the kustomization. */
function applied({ name, files }: Folder): RenderedObject[] {
  const text = (file: string) => files.find(({ path }) => path === `${name}/${file}`)!.text;
  const { resources } = parse(text('kustomization.yaml')) as { resources: string[] };
  expect(files.filter(({ path }) => path.endsWith('.yaml'))).toHaveLength(resources.length + 1);
  return resources.map((file) => {
    const readers = (['1.1', '1.2'] as const).map((version) => parseAllDocuments(text(file), { version }));
    const [old, now] = readers.map((documents) => documents.map((document) => document.toJS() as unknown));
    expect(old).toEqual(now);
    expect(now).toHaveLength(1);
    return now![0] as RenderedObject;
  });
}

describe.each(Object.entries(PATTERNS))('the pattern %s', (_, changes) => {
  it('has an object for every resource of its stacks, but Secrets', async () => {
    const folders = await render(changes);
    const stacks = await buildInMemory(planOf(changes));
    for (const { name, resources } of stacks) {
      const expected = Object.entries(resources)
        .filter(([type]) => type !== 'kubernetes_secret_v1')
        .flatMap(([, byId]) => Object.values(byId));
      const objects = folders.find((folder) => folder.name === name)?.objects ?? [];
      expect(objects).toHaveLength(expected.length);
    }
    expect(folders.length).toBeGreaterThan(0);
  });

  it('writes into files what it rendered, namespaces first', async () => {
    for (const folder of await render(changes)) {
      const objects = applied(folder);
      expect(objects).toEqual(folder.objects);
      const namespaces = objects.filter(({ kind }) => kind === 'Namespace').length;
      expect(objects.slice(0, namespaces).every(({ kind }) => kind === 'Namespace')).toBe(true);
    }
  });

  it('is what Kubernetes takes', async () => {
    expect(all(await render(changes)).flatMap((object) => invalid(object, models))).toEqual([]);
  });

  it('is the same at every time, byte for byte', async () => {
    const [once, again] = [await render(changes), await render(changes)];
    expect(again).toEqual(once);
    const { tenants = {}, ...rest } = changes as { tenants?: object };
    const turned = Object.fromEntries(Object.entries(tenants).reverse());
    expect(await render({ ...rest, tenants: turned })).toEqual(once);
  });
});

describe('the pod of a runtime', () => {
  it('is, field by field, what the constructs mean', async () => {
    const [deployment] = ofKind(await render(), 'Deployment');
    const { spec } = deployment as unknown as {
      spec: { replicas: number; strategy: object; template: { metadata: object; spec: object } };
    };
    expect(spec).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(spec.template.metadata).toEqual({
      annotations: {
        'copilot-runtimes/connection-token-revision': '1',
        'copilot-runtimes/github-token-revision': '1',
      },
      labels: {
        'app.kubernetes.io/instance': 'runtime',
        'app.kubernetes.io/managed-by': 'copilot-runtimes',
        'app.kubernetes.io/name': 'copilot-runtime',
        'copilot-runtimes/runtime': 'tenant.acme',
        'copilot-runtimes/tenant': 'acme',
      },
    });
    const probe = (path: string, periodSeconds: number, failureThreshold: number) => ({
      failureThreshold,
      httpGet: { path, port: 4380 },
      periodSeconds,
      timeoutSeconds: 6,
    });
    const source = (file: string) => ({
      secret: { items: [{ key: file, path: file }], name: `runtime-${file}` },
    });
    expect(spec.template.spec).toEqual({
      automountServiceAccountToken: false,
      containers: [
        {
          args: [
            '--headless',
            '--no-auto-update',
            '--no-auto-login',
            '--host',
            '0.0.0.0',
            '--port',
            '4321',
            '--session-idle-timeout',
            '1800',
          ],
          env: [
            { name: 'COPILOT_HOME', value: '/var/lib/copilot/home' },
            { name: 'COPILOT_RUNTIMES_BINARY', value: 'native' },
            { name: 'COPILOT_RUNTIMES_DRAIN_SECONDS', value: '30' },
            { name: 'COPILOT_RUNTIMES_HEALTH', value: '0.0.0.0:4380' },
            { name: 'COPILOT_RUNTIMES_MOST_MEMORY_MIB', value: '384' },
            { name: 'COPILOT_RUNTIMES_RUNTIME', value: 'tenant/acme' },
            { name: 'COPILOT_RUNTIMES_SESSION_TTL_HOURS', value: '168' },
            { name: 'COPILOT_RUNTIMES_STAND_IN', value: 'model' },
            { name: 'COPILOT_RUNTIMES_STAND_IN_PORT', value: '4390' },
            { name: 'GITHUB_COPILOT_INTEGRATION_ID', value: 'acme-assistant' },
            { name: 'NO_PROXY', value: '127.0.0.1,localhost,::1' },
          ],
          image: `registry.example.com/runtimes@sha256:${'0'.repeat(64)}`,
          imagePullPolicy: 'IfNotPresent',
          livenessProbe: probe('/livez', 20, 3),
          name: 'copilot-runtime',
          ports: [
            { containerPort: 4321, name: 'copilot', protocol: 'TCP' },
            { containerPort: 4380, name: 'health', protocol: 'TCP' },
          ],
          readinessProbe: probe('/readyz', 10, 3),
          resources: {
            limits: { cpu: '2', 'ephemeral-storage': '1Gi', memory: '512Mi' },
            requests: { cpu: '250m', 'ephemeral-storage': '64Mi', memory: '512Mi' },
          },
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsGroup: 10001,
            runAsNonRoot: true,
            runAsUser: 10001,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          startupProbe: probe('/readyz', 2, 60),
          volumeMounts: [
            { mountPath: '/var/lib/copilot', name: 'session-state' },
            { mountPath: '/tmp', name: 'tmp' },
            { mountPath: '/var/run/secrets/copilot-runtimes', name: 'secrets', readOnly: true },
          ],
        },
      ],
      enableServiceLinks: false,
      securityContext: {
        fsGroup: 10001,
        fsGroupChangePolicy: 'OnRootMismatch',
        runAsGroup: 10001,
        runAsNonRoot: true,
        runAsUser: 10001,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      serviceAccountName: 'runtime',
      terminationGracePeriodSeconds: 60,
      volumes: [
        { name: 'session-state', persistentVolumeClaim: { claimName: 'runtime-state' } },
        { emptyDir: { sizeLimit: '512Mi' }, name: 'tmp' },
        {
          name: 'secrets',
          projected: { defaultMode: 0o440, sources: [source('connection-token'), source('github-token')] },
        },
      ],
    });
  });

  it('is let in and out as the constructs mean it', async () => {
    const policies = Object.fromEntries(
      ofKind(await render(), 'NetworkPolicy').map(({ metadata, spec }) => [metadata.name, spec]),
    );
    expect(policies['deny-all']).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(policies.clients).toMatchObject({
      ingress: [
        {
          from: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'acme-app' } },
              podSelector: {},
            },
          ],
          ports: [{ port: 4321, protocol: 'TCP' }],
        },
      ],
      policyTypes: ['Ingress'],
    });
  });
});

describe('the life of a tenant', () => {
  it('suspended: everything, with no pod', async () => {
    const folders = await render({ tenants: { acme: { state: 'suspended' } } });
    expect(ofKind(folders, 'Deployment')[0]?.spec).toMatchObject({ replicas: 0 });
    expect(ofKind(folders, 'PersistentVolumeClaim')).toHaveLength(1);
  });

  it('retired: its namespace and its volume, and no Secret to provide', async () => {
    const [folder, ...more] = await render({ tenants: { acme: { state: 'retired' } } });
    expect(more).toEqual([]);
    expect(folder?.objects.map(({ kind }) => kind)).toEqual(['Namespace', 'PersistentVolumeClaim']);
    expect(folder?.needs).toEqual([]);
    expect(folder?.files.map(({ path }) => path)).not.toContain('prod-c01/secrets.md');
  });

  it('moved into the pool: what it had as a dedicated one stays', async () => {
    const before = parseTopology(topologyText(PATTERNS.hybrid));
    const lock = lockOf(before, planTopology(before));
    const moved = { ...PATTERNS.hybrid, tenants: { acme: { placement: 'pool' } } };
    const folders = await renderPlan(planTopology(parseTopology(topologyText(moved)), lock));
    expect(folders.find(({ name }) => name === 'prod-c01')?.objects.map(({ kind }) => kind)).toEqual([
      'Namespace',
      'PersistentVolumeClaim',
    ]);
  });

  it('in a namespace of the platform team: that is not rendered', async () => {
    const folders = await render({ kubernetes: { existingNamespaces: { acme: 'team-acme' } } });
    expect(ofKind(folders, 'Namespace')).toEqual([]);
    expect(new Set(all(folders).map(({ metadata }) => metadata.namespace))).toEqual(new Set(['team-acme']));
  });
});

describe('hostile text', () => {
  const HOSTILE = [
    '${file("/etc/hostname")}',
    '%{if true}yes%{endif}',
    '$${escaped} $$ %% %%{x}',
    `"double" 'single' \\n \\ \`tick\``,
    'two\nlines\n\n  indented\ttab\r\n',
    'ünï ✓ 中文 😀 \u2028 \u0085',
    '- list: [a, {b: c}] # no comment',
    'on',
    '0777',
    '1:30',
    '~',
    '2001-01-01',
    ' lead and trail ',
    '---\n...\n',
    '*alias &anchor !tag',
    '\u0000\u001b[31m\u007f\ufeff',
    '<<',
    '=',
    'a: b\n  c\n',
    'x'.repeat(5000),
  ];

  const named = Object.fromEntries(HOSTILE.map((text, index) => [`HOSTILE_${index}`, text]));

  it('survives in environment and labels', async () => {
    const plan = planOf({ kubernetes: { env: named } });
    const [folder] = await renderPlan({ ...plan, kubernetes: { ...plan.kubernetes!, labels: named } });
    for (const objects of [folder!.objects, applied(folder!)]) {
      for (const { metadata } of objects) expect(metadata.labels).toMatchObject(named);
      const { spec } = objects.find(({ kind }) => kind === 'Deployment') as unknown as {
        spec: { template: { metadata: { labels: object }; spec: { containers: { env: object[] }[] } } };
      };
      expect(spec.template.metadata.labels).toMatchObject(named);
      const env = Object.entries(named).map(([name, value]) => ({ name, value }));
      expect(spec.template.spec.containers[0]?.env).toEqual(expect.arrayContaining(env));
    }
  });
});

describe('secrets', () => {
  const tokens = { TF_VAR_github_token: 'ghp_from_the_environment', TF_VAR_key: 'sk-from-the-environment' };
  const provider = { baseUrl: 'https://models.example', model: 'm' };

  it('are described, with no value anywhere', async () => {
    const [folder] = await render();
    expect(ofKind([folder!], 'Secret')).toEqual([]);
    const page = folder?.files.find(({ path }) => path === 'prod-c01/secrets.md')?.text;
    expect(page).toMatch(
      /\| prod-tenant-acme-\w+ \| runtime-connection-token \| connection-token \| 1 \| connection token of tenant\/acme/,
    );
    expect(page).toMatch(/runtime-github-token \| github-token \| 1 \| GitHub token .*TF_VAR_github_token/);
    expect(texts([folder!])).not.toMatch(/ephemeral\.|\$\{|random_password/);
  });

  it('of others are described too: mounted, passed by clients, and for pulling the image', async () => {
    const [folder] = await render({
      tenants: {
        acme: { auth: { githubToken: { existingSecret: { name: 'team-token', key: 'gh' } } } },
        globex: { auth: { provider: { ...provider, apiKey: { existingSecret: { name: 'models' } } } } },
        initech: {
          state: 'retired',
          auth: { provider: { ...provider, apiKey: { existingSecret: { name: 'no' } } } },
        },
      },
      kubernetes: { imagePullSecrets: ['registry'] },
    });
    expect(
      folder?.needs.filter(({ source }) => source.kind === 'existing').map(({ name, key }) => [name, key]),
    ).toEqual(
      expect.arrayContaining([
        ['team-token', 'gh'],
        ['models', 'provider-key'],
        ['registry', '.dockerconfigjson'],
      ]),
    );
    expect(folder?.needs.map(({ name }) => name)).not.toContain('no');
  });

  it('can be ExternalSecrets, read from a place that stays the same', async () => {
    const folders = await render({}, { kind: 'external', store: 'vault' });
    const [token] = ofKind(folders, 'ExternalSecret', 'runtime-connection-token');
    expect(token).toEqual({
      apiVersion: 'external-secrets.io/v1',
      kind: 'ExternalSecret',
      metadata: {
        annotations: { 'copilot-runtimes/secret-revision': '1' },
        labels: expect.objectContaining({ 'copilot-runtimes/tenant': 'acme' }) as unknown,
        name: 'runtime-connection-token',
        namespace: planOf().runtimes[0]?.namespace,
      },
      spec: {
        refreshPolicy: 'OnChange',
        secretStoreRef: { kind: 'ClusterSecretStore', name: 'vault' },
        target: { creationPolicy: 'Owner', name: 'runtime-connection-token' },
        data: [{ secretKey: 'connection-token', remoteRef: { key: 'prod/tenant/acme/connection-token' } }],
      },
    });
    expect(folders[0]?.needs).toEqual([]);
    expect(applied(folders[0]!)).toEqual(folders[0]?.objects);
  });

  it('raise an annotation with their revision, so that the operator reads them again', async () => {
    const tenants = { acme: { connectionTokenRevision: 7 } };
    const folders = await render({ tenants }, { kind: 'external', store: 'vault' });
    expect(ofKind(folders, 'ExternalSecret', 'runtime-connection-token')[0]?.metadata.annotations).toEqual({
      'copilot-runtimes/secret-revision': '7',
    });
  });

  it('of every runtime are read from places of their own', async () => {
    const folders = await render(PATTERNS.shared, { kind: 'external', store: 'vault' });
    const keys = ofKind(folders, 'ExternalSecret').flatMap(({ spec }) =>
      (spec as { data: { remoteRef: { key: string } }[] }).data.map(({ remoteRef }) => remoteRef.key),
    );
    expect(keys).toEqual(
      expect.arrayContaining(['prod/pool/0/connection-token', 'prod/pool/1/connection-token']),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('can be real ones: random tokens, others from the environment, readable by the owner only', async () => {
    const changes = {
      tenants: { acme: {}, globex: { auth: { provider: { ...provider, apiKey: { variable: 'key' } } } } },
    };
    const [one, two] = [
      await render(changes, { kind: 'generate', env: tokens }),
      await render(changes, { kind: 'generate', env: tokens }),
    ];
    const values = (folders: readonly Folder[], name: string) =>
      ofKind(folders, 'Secret', name).map(
        ({ stringData }) => Object.values(stringData as object)[0] as string,
      );
    const generated = [
      ...values(one, 'runtime-connection-token'),
      ...values(two, 'runtime-connection-token'),
    ];
    expect(new Set(generated).size).toBe(4);
    expect(generated.every((token) => /^[\w-]{48}$/.test(token))).toBe(true);
    expect(values(one, 'runtime-github-token')).toEqual([tokens.TF_VAR_github_token]);
    expect(values(one, 'runtime-provider-key')).toEqual([tokens.TF_VAR_key]);
    const files = one.flatMap((folder) => folder.files);
    expect(files.filter(({ secret }) => secret).map(({ path }) => path.split('.')[1])).toEqual(
      Array.from({ length: 4 }, () => 'secret'),
    );
    expect(all(one).flatMap((object) => invalid(object, models))).toEqual([]);
  });

  it.each([{}, { TF_VAR_github_token: '' }])(
    'with a variable that is missing or empty fail: %j',
    async (env) => {
      await expect(render({}, { kind: 'generate', env })).rejects.toThrow(
        /needs a value for github-token: set TF_VAR_github_token/,
      );
    },
  );
});

describe('what cannot be rendered', () => {
  it('is another platform', async () => {
    const local = JSON.stringify({
      name: 'x',
      platform: 'local',
      pattern: 'isolated',
      runtime: { integrationId: 't' },
      tenants: { acme: {} },
    });
    await expect(renderPlan(planTopology(parseTopology(local)))).rejects.toThrow(/platform is local/);
  });

  it('is what the constructs refuse', async () => {
    const plan = planOf();
    const [runtime] = plan.runtimes;
    const wrong = { ...plan, runtimes: [{ ...runtime!, namespace: 'Not A Name' }] };
    await expect(renderPlan(wrong)).rejects.toThrow(InputError);
    await expect(renderPlan(wrong)).rejects.toThrow(/namespace must be lower-case .*got "Not A Name"/);
  });
});
