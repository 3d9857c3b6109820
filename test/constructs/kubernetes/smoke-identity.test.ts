import { describe, expect, it } from '@jest/globals';

import { GATEWAY_PORTS, gatewayTokenName, manifestOf, parseManifest } from '../../../topology/index.js';
import { SMOKE_POD_LABELS } from '../../../topology/kubernetes.js';

import { Network, type Point } from './network-policy.js';
import { all, only, plan, synthPlan, topology, type Json, type TerraformJson } from './support.js';

const TENANTS = {
  acme: { placement: 'dedicated' },
  globex: { placement: 'dedicated' },
  docs: { placement: 'pool' },
};

function stacks(smokeIdentity: object | undefined): Record<string, TerraformJson> {
  const kubernetes = { ...(smokeIdentity && { smokeIdentity }) };
  return synthPlan(plan(topology('hybrid', { tenants: TENANTS, kubernetes })).plan);
}

const everything = (all: Record<string, TerraformJson>, kind: string): Json[] =>
  Object.values(all).flatMap((stack) => Object.values(stack.resource?.[`kubernetes_${kind}_v1`] ?? {}));

/** Rights of a Role as `verb resource[/names]`. */
const rights = ({ rule }: Json): string[] =>
  rule.flatMap(({ resources, verbs, resource_names }: Json) =>
    resources.flatMap((resource: string) =>
      verbs.map(
        (verb: string) => `${verb} ${resource}${resource_names ? `/${resource_names.join('/')}` : ''}`,
      ),
    ),
  );

describe('without kubernetes.smokeIdentity', () => {
  it('nobody gets a right, and nothing is opened', () => {
    const none = stacks(undefined);
    const named = ['role', 'role_binding', 'network_policy', 'namespace', 'service_account']
      .flatMap((kind) => everything(none, kind))
      .map(({ metadata }) => metadata.name as string);
    expect(named.filter((name) => name.includes('smoke'))).toEqual([]);
  });
});

describe('kubernetes.smokeIdentity', () => {
  const inside = stacks({});
  const base = inside['prod-base']!;

  it('grants a right for each check, and Secrets by name only', () => {
    const roles = everything(inside, 'role').filter(({ metadata }) => metadata.name === 'smoke');
    expect(roles).toHaveLength(3);
    for (const role of roles) {
      expect(rights(role).filter((right) => !right.includes(' secrets'))).toEqual([
        'get pods',
        'list pods',
        'delete pods',
        'get pods/log',
        'get services',
        'get persistentvolumeclaims',
        'get namespaces',
        'list configmaps',
        'list events',
        'list deployments',
        'list endpointslices',
        'list networkpolicies',
        'create localsubjectaccessreviews',
      ]);
    }
    const secrets = roles.flatMap((role) => rights(role).filter((right) => right.includes(' secrets')));
    expect(secrets.sort()).toEqual([
      `get secrets/runtime-0-connection-token/runtime-1-connection-token/${gatewayTokenName('docs', 'a')}`,
      'get secrets/runtime-connection-token',
      'get secrets/runtime-connection-token',
    ]);
  });

  it('gives them to the service account of the Job alone, which cannot forward ports', () => {
    const bindings = everything(inside, 'role_binding').filter(({ metadata }) =>
      metadata.name.startsWith('smoke'),
    );
    expect(bindings.map(({ role_ref }) => role_ref.name)).toEqual(['smoke', 'smoke', 'smoke']);
    const { smokeJob } = manifestOf(
      plan(topology('hybrid', { tenants: TENANTS, kubernetes: { smokeIdentity: {} } })).plan,
    );
    for (const { subject } of bindings) {
      expect(subject).toEqual([
        { kind: 'ServiceAccount', name: smokeJob?.serviceAccount, namespace: smokeJob?.namespace },
      ]);
    }
  });

  describe('its network', () => {
    const namespace = only(base, 'service_account', 'smoke').metadata.namespace as string;
    const job: Point = { name: 'job', namespace, labels: SMOKE_POD_LABELS, ip: '10.0.0.9' };
    const stranger: Point = { ...job, name: 'stranger', labels: {} };
    const runtimes = everything(inside, 'deployment')
      .filter(({ metadata }) => metadata.name.startsWith('runtime'))
      .map(({ metadata, spec }): Point => ({
        name: metadata.name,
        namespace: metadata.namespace,
        labels: spec.template.metadata.labels,
        ip: '10.0.0.1',
      }));
    const reaches = (from: Point, to: Point, port: number, among = inside) =>
      new Network(Object.values(among)).reaches(from, to, { protocol: 'TCP', port });

    it('lets the Job’s pods reach each runtime, on its port', () => {
      expect(runtimes).toHaveLength(4);
      expect(runtimes.map((runtime) => reaches(job, runtime, 4321))).toEqual([true, true, true, true]);
      expect(runtimes.some((runtime) => reaches(job, runtime, 4380))).toBe(false);
    });

    it('lets the Job’s pods, and no others of the namespace, reach the gateway', () => {
      const { metadata, spec } = only(base, 'deployment', 'gateway');
      const gateway: Point = {
        name: 'gateway',
        namespace: metadata.namespace,
        labels: spec.template.metadata.labels,
        ip: '10.0.0.2',
      };
      const port = Number(only(base, 'service', 'gateway').spec.port[0].port);
      expect(reaches(job, gateway, port)).toBe(true);
      expect(reaches(stranger, gateway, port)).toBe(false);
      expect(reaches(job, gateway, GATEWAY_PORTS.health)).toBe(false);
      expect(reaches(job, gateway, port, stacks({ inCluster: false }))).toBe(false);
    });

    it('lets in no other pod of the namespace, and nobody where it is not set', () => {
      expect(runtimes.some((runtime) => reaches(stranger, runtime, 4321))).toBe(false);
      expect(runtimes.some((runtime) => reaches(job, runtime, 4321, stacks({ inCluster: false })))).toBe(
        false,
      );
    });

    it('lets nobody reach the Job', () => {
      expect(runtimes.some((runtime) => reaches(runtime, job, 4321))).toBe(false);
    });
  });

  it('lets users and groups forward ports and start the Job, in each namespace', () => {
    const named = stacks({ users: ['ann'], groups: ['ci'] });
    const people = [
      expect.objectContaining({ kind: 'User', name: 'ann' }),
      expect.objectContaining({ kind: 'Group', name: 'ci' }),
    ];
    const bindings = everything(named, 'role_binding');
    const of = (role: string) => bindings.filter(({ role_ref }) => role_ref.name === role);
    expect(of('smoke-forward').map(({ subject }) => subject)).toEqual([people, people, people]);
    expect(of('smoke-runner').map(({ subject }) => subject)).toEqual([people]);
    expect(of('smoke').map(({ subject }) => subject.length)).toEqual([3, 3, 3]);
  });

  it('makes no namespace where the suite only runs from outside', () => {
    const outside = stacks({ inCluster: false, groups: ['ci'] });
    expect(all(outside['prod-base']!, 'service_account').map(({ metadata }) => metadata.name)).not.toContain(
      'smoke',
    );
    const { smokeJob } = manifestOf(
      plan(topology('isolated', { kubernetes: { smokeIdentity: { inCluster: false } } })).plan,
    );
    expect(smokeJob).toBeUndefined();
  });

  it('gives a retired tenant nothing', () => {
    const { plan: planned } = plan(
      topology('isolated', { tenants: { acme: { state: 'retired' } }, kubernetes: { smokeIdentity: {} } }),
    );
    expect(everything(synthPlan(planned), 'role').map(({ metadata }) => metadata.name)).toEqual([]);
  });

  it('stands in the manifest, with what is expected of each pod', () => {
    const manifest = manifestOf(plan(topology('isolated', { kubernetes: { smokeIdentity: {} } })).plan);
    expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
    expect(manifest.runtimes['tenant/acme']?.expect.pod).toEqual({
      image: expect.stringContaining('@sha256:'),
      claim: 'runtime-state',
      secrets: ['runtime-connection-token'],
      clients: [],
      reaches: [],
    });
  });
});
