import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { KINDS } from '../../render/kinds.js';
import { loadModels } from '../../render/models.js';
import { RenderError, renderResources, type Resources } from '../../render/objects.js';
import type { RenderedObject } from '../../render/rendered-object.js';
import { externalSecrets, type SecretNeed } from '../../render/secrets.js';
import { unescapeTemplate } from '../../render/templates.js';

import { invalid } from './support.js';

const models = await loadModels();

/** Resources of every kind, with what is hard about each. */
const resources = JSON.parse(readFileSync('test/render/provider/resources.json', 'utf8')) as Resources;

/** What provider hashicorp/kubernetes 2.38.0 sent to an API server when Terraform applied just these resources. */
const sent = JSON.parse(readFileSync('test/render/provider/sent.json', 'utf8')) as RenderedObject[];

/** What the provider spells out although the API server would fill in the same. */
const API_DEFAULTS: Readonly<Record<string, unknown>> = {
  apiVersion: 'v1',
  defaultMode: 420,
  dnsPolicy: 'ClusterFirst',
  enableServiceLinks: true,
  mountPropagation: 'None',
  optional: false,
  progressDeadlineSeconds: 600,
  restartPolicy: 'Always',
  revisionHistoryLimit: 10,
  sessionAffinity: 'None',
  shareProcessNamespace: false,
  successThreshold: 1,
  terminationGracePeriodSeconds: 30,
  terminationMessagePath: '/dev/termination-log',
  type: 'ClusterIP',
};

/** Lists that Terraform keeps as sets, and sends in an order of its own. */
const SETS = new Set(['supplementalGroups', 'values']);

const idOf = ({ kind, metadata }: RenderedObject) => `${kind} ${metadata.name}`;
const isEmpty = (value: unknown) =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** Where a rendered object is another one than what was sent. */
function differences(was: unknown, now: unknown, at: string, key = ''): string[] {
  if (isEmpty(was) && isEmpty(now)) return [];
  if (was && now && typeof was === 'object' && typeof now === 'object') {
    const [a, b] = (SETS.has(key) ? [was, now].map((set) => [...(set as unknown[])].sort()) : [was, now]) as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((name) =>
      differences(a[name], b[name], `${at}.${name}`, name),
    );
  }
  if (was === now) return [];
  if (now === undefined && Object.hasOwn(API_DEFAULTS, key) && API_DEFAULTS[key] === was) return [];
  // Go leaves a false out where it means the same as nothing.
  if (was === undefined && now === false) return [];
  return [`${at}: sent ${JSON.stringify(was)}, rendered ${JSON.stringify(now)}`];
}

const render = (some: Resources) => renderResources(some, models);
const one = (type: string, resource: object) => {
  const { objects } = render({ [type]: { it: { metadata: { name: 'x' }, ...resource } } });
  return objects[0]!;
};
const failure = (type: string, resource: object): string => {
  try {
    one(type, resource);
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
  return 'no failure';
};
const deployment = (pod: object) => ({
  spec: { selector: { match_labels: { a: 'b' } }, template: { metadata: {}, spec: pod } },
});
const DEPLOYMENT = 'kubernetes_deployment_v1';
const POLICY = 'kubernetes_network_policy_v1';

describe('rendered resources', () => {
  const { objects } = render(resources);
  const byId = new Map(objects.map((object) => [idOf(object), object]));

  it('are what the provider sends, but for what the API server fills in alike', () => {
    const known = sent.flatMap((object) => differences(object, byId.get(idOf(object)), idOf(object)));
    // The API server sets the namespace of these claims whatever they say.
    expect(known).toEqual([
      'StatefulSet f.spec.volumeClaimTemplates.0.metadata.namespace: sent "default", rendered undefined',
    ]);
    expect(objects.map(idOf).sort()).toEqual(sent.map(idOf).sort());
    expect(new Set(objects.map(({ kind }) => kind)).size).toBe(Object.keys(KINDS).length - 1);
  });

  it('are compared in a way that sees a difference', () => {
    const [first] = sent;
    const twin = { ...first!, metadata: { ...first!.metadata, labels: { other: 'label' } } };
    expect(differences(first, twin, 'it')).not.toEqual([]);
    expect(differences({ restartPolicy: 'Never' }, {}, 'it')).toHaveLength(1);
    expect(differences({}, { privileged: true }, 'it')).toHaveLength(1);
  });

  it('have every required field and only known ones of the right type', () => {
    expect(objects.flatMap((object) => invalid(object, models))).toEqual([]);
  });

  it('are checked by a validator that sees mistakes', () => {
    const base = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } };
    const template = { spec: { containers: [{ name: 'c', image: 1 }] } };
    const spec = { replicas: '1', selector: {}, template, extra: 1 };
    expect(invalid({ ...base, spec }, models)).toEqual([
      'Deployment x.spec.replicas: "1" is no whole number',
      'Deployment x.spec.template.spec.containers[0].image: 1 is no text',
      'Deployment x.spec: unknown field extra',
    ]);
    expect(invalid({ ...base, spec: {} }, models)).toEqual([
      'Deployment x.spec: selector is missing',
      'Deployment x.spec: template is missing',
    ]);
  });

  it('start with namespaces and end with what runs', () => {
    const kinds = objects.map(({ kind }) => kind);
    expect(kinds[0]).toBe('Namespace');
    expect(kinds.indexOf('Deployment')).toBeGreaterThan(kinds.indexOf('PersistentVolumeClaim'));
    expect(Object.keys(objects[0]!).slice(0, 3)).toEqual(['apiVersion', 'kind', 'metadata']);
  });
});

describe('an object of a CRD', () => {
  const monitor = (manifest: object) =>
    render({ kubernetes_manifest: { it: { manifest, depends_on: ['kubernetes_namespace_v1.x'] } } });
  const metadata = { name: 'x', namespace: 'acme' };
  const base = { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata };

  it('is rendered as Terraform would send it', () => {
    const labels = { team: 'a$${b}', share: '50%%{' };
    const { objects } = monitor({
      ...base,
      metadata: { ...metadata, labels },
      spec: { list: [{ port: 'h' }, 1] },
    });
    expect(objects).toEqual([
      {
        ...base,
        metadata: { ...metadata, labels: { team: 'a${b}', share: '50%{' } },
        spec: { list: [{ port: 'h' }, 1] },
      },
    ]);
  });

  it.each<[string, object, RegExp]>([
    [
      'an expression',
      { ...base, spec: { a: [{ b: '${var.x}' }] } },
      /manifest\.spec\.a\[0\]\.b is the expression/,
    ],
    [
      'a kind that nobody knows here',
      { ...base, kind: 'Widget' },
      /kubernetes_manifest\.it: manifest has no place/,
    ],
    ['no namespace', { ...base, metadata: { name: 'x' } }, /manifest has no place in a render/],
  ])('is refused with %s', (_, manifest, message) => expect(() => monitor(manifest)).toThrow(message));
});

describe('a value', () => {
  it.each<[string, string, object, (object: RenderedObject) => unknown, unknown]>([
    ['replicas "1"', DEPLOYMENT, { spec: { replicas: '1' } }, ({ spec }) => spec, { replicas: 1 }],
    ['replicas "0"', DEPLOYMENT, { spec: { replicas: '0' } }, ({ spec }) => spec, { replicas: 0 }],
    [
      'a port number in a policy',
      POLICY,
      { spec: { pod_selector: {}, ingress: { ports: [{ port: '4321' }] } } },
      ({ spec }) => spec,
      { ingress: [{ ports: [{ port: 4321 }] }], podSelector: {} },
    ],
    [
      'a port name in a policy',
      POLICY,
      { spec: { pod_selector: [{}], ingress: [{ ports: [{ port: 'http' }], from: [] }] } },
      ({ spec }) => spec,
      { ingress: [{ ports: [{ port: 'http' }] }], podSelector: {} },
    ],
    [
      'keys and values of data',
      'kubernetes_config_map_v1',
      { data: { snake_case: '', '$${k}': '%%{v}', '0': 'on' } },
      ({ data }) => data,
      { snake_case: '', '${k}': '%{v}', '0': 'on' },
    ],
    [
      'a quantity that is a number',
      'kubernetes_resource_quota_v1',
      { spec: { hard: { pods: 4 } } },
      ({ spec }) => spec,
      { hard: { pods: '4' } },
    ],
    [
      'the core API group',
      'kubernetes_role_v1',
      { rule: { api_groups: [''], verbs: ['get'] } },
      ({ rules }) => rules,
      [{ apiGroups: [''], verbs: ['get'] }],
    ],
  ])('%s keeps its meaning', (_, type, resource, look, expected) => {
    expect(look(one(type, resource))).toEqual(expected);
  });

  it('that the provider would add to the harm of a pod is added', () => {
    const { spec } = one(
      DEPLOYMENT,
      deployment({
        security_context: { run_as_user: '10001' },
        container: [{ name: 'c', image: 'i', security_context: { run_as_group: '7', seccomp_profile: {} } }],
      }),
    );
    expect(spec).toMatchObject({
      template: {
        spec: {
          automountServiceAccountToken: true,
          securityContext: { runAsNonRoot: false, runAsUser: 10001 },
          containers: [
            {
              securityContext: {
                allowPrivilegeEscalation: true,
                privileged: false,
                readOnlyRootFilesystem: false,
                runAsNonRoot: false,
                runAsGroup: 7,
                seccompProfile: { type: 'Unconfined' },
              },
            },
          ],
        },
      },
    });
  });
});

describe('what has no place in a manifest', () => {
  const container = (fields: object) => deployment({ container: [{ name: 'c', ...fields }] });

  it.each<[string, string, object, RegExp]>([
    [
      'an unknown field of the object',
      DEPLOYMENT,
      { count: 2 },
      /deployment_v1\.it: count is no field of V1Deployment/,
    ],
    [
      'an unknown field deep inside',
      DEPLOYMENT,
      container({ env: [{ name: 'A', valeu: 'x' }] }),
      /template\.spec\.container\[0\]\.env\[0\]\.valeu is no field of V1EnvVar/,
    ],
    [
      'a field twice',
      DEPLOYMENT,
      container({ port: [{ container_port: 2 }], ports: [{ container_port: 1 }] }),
      /means ports, which is there twice/,
    ],
    [
      'an expression',
      DEPLOYMENT,
      container({ image: '${var.image}' }),
      /container\[0\]\.image is the expression \$\{var\.image\}/,
    ],
    [
      'a directive',
      'kubernetes_config_map_v1',
      { data: { k: '%{if true}' } },
      /data\["k"\] is the expression/,
    ],
    ['an expression as key', 'kubernetes_config_map_v1', { data: { '${x}': 'v' } }, /is the expression/],
    ['two blocks where one may be', DEPLOYMENT, { spec: [{}, {}] }, /spec must be one block/],
    ['a text where a block must be', DEPLOYMENT, { spec: 'x' }, /spec must be one block, got "x"/],
    ['a map that is none', 'kubernetes_config_map_v1', { data: 'x' }, /data must be a map/],
    [
      'a number that is none',
      DEPLOYMENT,
      { spec: { replicas: 'two' } },
      /spec\.replicas must be a whole number/,
    ],
    [
      'a decimal file mode',
      DEPLOYMENT,
      deployment({ volume: { name: 'v', secret: { default_mode: '440' } } }),
      /default_mode must be an octal mode such as "0440", got "440"/,
    ],
    ['a boolean that is none', 'kubernetes_config_map_v1', { immutable: 'yes' }, /must be true or false/],
    ['a type without a manifest', 'kubernetes_job_v1', {}, /is of a type without a manifest/],
    ['a resource that is not of Kubernetes', 'terraform_data', {}, /is of a type without a manifest/],
  ])('%s is an error', (_, type, resource, message) => {
    expect(failure(type, resource)).toMatch(message);
  });

  it('is reported all at once', () => {
    const spec = { replicas: 'two', paused: 'no' };
    expect(failure(DEPLOYMENT, { spec, count: 1 }).split('\n')).toHaveLength(3);
  });

  it('is not confused with what only Terraform needs', () => {
    const terraform = {
      '//': {},
      depends_on: [],
      lifecycle: {},
      timeouts: {},
      provider: 'x',
      wait_for_rollout: true,
    };
    expect(one(DEPLOYMENT, terraform)).toEqual({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'x' },
    });
    expect(failure('kubernetes_role_v1', { wait_for_rollout: true })).toMatch(/wait_for_rollout is no field/);
  });

  it('is a second object of one name', () => {
    const metadata = { name: 'x', namespace: 'n' };
    expect(() => render({ kubernetes_role_v1: { a: { metadata }, b: { metadata } } })).toThrow(
      'Role n x is there twice',
    );
  });
});

describe('a Secret', () => {
  const metadata = { name: 's', namespace: 'n', labels: { 'copilot-runtimes/runtime': 'tenant.acme' } };

  it('becomes what it needs, never a value', () => {
    const rendered = render({
      kubernetes_secret_v1: {
        token: {
          metadata,
          type: 'Opaque',
          data_wo: { t: '${ephemeral.random_password.X.result}', v: '${var.github_token}' },
          data_wo_revision: 3,
        },
        clear: { metadata: { name: 'clear', namespace: 'n' }, data: { password: 'hunter2' } },
      },
    });
    expect(rendered.objects).toEqual([]);
    expect(
      rendered.secrets.map(({ name, key, source, revision }) => ({ name, key, source, revision })),
    ).toEqual([
      { name: 's', key: 't', source: { kind: 'generated', id: 'ephemeral.random_password.X' }, revision: 3 },
      { name: 's', key: 'v', source: { kind: 'variable', name: 'github_token' }, revision: 3 },
      { name: 'clear', key: 'password', source: { kind: 'unknown' }, revision: undefined },
    ]);
    expect(JSON.stringify(rendered)).not.toContain('hunter2');
  });

  it('with a value in a field of its own is an error that does not tell the value', () => {
    const message = failure('kubernetes_secret_v1', { metadata, data_base64: { k: 'hunter2' } });
    expect(message).toMatch(/data_base64 is no field of V1Secret/);
    expect(message).not.toContain('hunter2');
  });
});

describe('ExternalSecrets', () => {
  const labels = { 'copilot-runtimes/runtime': 'pool.0' };
  const need = (name: string, key: string, own: Readonly<Record<string, string>> = labels): SecretNeed => ({
    namespace: 'n',
    name,
    key,
    labels: own,
    source: { kind: 'unknown' },
  });
  const made = (...needs: SecretNeed[]) => {
    const problems: string[] = [];
    const objects = externalSecrets('prod', 'vault', needs, (at, message) =>
      problems.push(`${at} ${message}`),
    );
    const keys = objects.map(({ spec }) => (spec as { data: { remoteRef: { key: string } }[] }).data);
    return { problems, keys: keys.map((data) => data.map(({ remoteRef }) => remoteRef.key)) };
  };

  it('are one for each Secret, with all its keys', () => {
    expect(made(need('a', 'x'), need('a', 'y'), need('b', 'z'))).toEqual({
      problems: [],
      keys: [['prod/pool/0/x', 'prod/pool/0/y'], ['prod/pool/0/z']],
    });
  });

  it('of no runtime go by the name of the Secret', () => {
    expect(made(need('gateway', 'x', {})).keys).toEqual([['prod/gateway/x']]);
  });

  it('never share a place in the store', () => {
    expect(made(need('a', 'x'), need('b', 'x')).problems).toEqual([
      'n/b would be read from prod/pool/0/x in the store, like n/a',
    ]);
  });
});

describe('text of a Terraform template', () => {
  it.each([
    ['plain', 'plain'],
    ['$${file("/etc/hostname")}', '${file("/etc/hostname")}'],
    ['%%{if true}', '%{if true}'],
    ['$$${x}', '$${x}'],
    ['$${a}%%{b}$', '${a}%{b}$'],
    ['100%% $$ {', '100%% $$ {'],
    ['${x}', undefined],
    ['$${a}${b}', undefined],
    ['%{ for x in y }', undefined],
  ])('%s means %s', (text, meaning) => {
    expect(unescapeTemplate(text)).toBe(meaning);
  });
});
