import { describe, expect, it } from '@jest/globals';

import { checkPlan, type PlanCheck } from '../../stacks/check-plan.js';
import { parseTerraformPlan } from '../../stacks/terraform-plan.js';
import { parseTopology, planTopology } from '../../topology/index.js';
import { poolNamespace, tenantNamespace } from '../../topology/placement.js';

type Change = Readonly<Record<string, unknown>>;

const TOPOLOGY = {
  name: 'prod',
  platform: 'kubernetes',
  pattern: 'hybrid',
  runtime: { image: `r.example/i@sha256:${'0'.repeat(64)}`, integrationId: 'acme' },
  pool: { replicas: 2 },
  tenants: {
    acme: { placement: 'dedicated' },
    globex: { placement: 'dedicated' },
    pooled: { placement: 'pool' },
    // An id that looks like the pool.
    pool: { placement: 'dedicated' },
  },
};
const topologyOf = (changes: object = {}) => parseTopology(JSON.stringify({ ...TOPOLOGY, ...changes }));
const NAMES = topologyOf();
const ns = (tenant: string) => tenantNamespace(NAMES, tenant);
const POOL_NS = poolNamespace(NAMES);

/** A plan as `terraform show -json` of Terraform 1.11.4 writes it. */
const planJson = (changes: readonly Change[], envelope: object = {}) =>
  JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    planned_values: { root_module: {} },
    ...(changes.length > 0 && { resource_changes: changes }),
    prior_state: { format_version: '1.0', terraform_version: '1.11.4', values: { root_module: {} } },
    configuration: { root_module: {} },
    timestamp: '2026-11-21T12:00:00Z',
    applyable: changes.length > 0,
    complete: true,
    errored: false,
    ...envelope,
  });

const labelsOf = (owner: string): Record<string, string> =>
  owner.startsWith('pool/')
    ? { 'copilot-runtimes/runtime': owner.replace('/', '.') }
    : { 'copilot-runtimes/runtime': `tenant.${owner}`, 'copilot-runtimes/tenant': owner };

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

const DELETE = ['delete'];
const REASON = 'delete_because_no_resource_config';

function change(
  { type, name, namespace, labels, spec }: Resource,
  actions: readonly string[],
  more: { after?: unknown; action_reason?: string; replace_paths?: unknown; address?: string } = {},
): Change {
  const before = {
    id: namespace === undefined ? name : `${namespace}/${name}`,
    metadata: [
      {
        annotations: {},
        generate_name: '',
        labels: labels ?? {},
        name,
        namespace: namespace ?? '',
        uid: 'u',
      },
    ],
    ...(spec !== undefined && { spec: [spec] }),
    timeouts: null,
  };
  const created = actions.length === 1 && actions[0] === 'create';
  const gone = !actions.includes('create') && (actions.includes('delete') || actions.includes('forget'));
  const { after = before, action_reason = gone ? REASON : undefined, replace_paths, address } = more;
  return {
    address: address ?? `${type}.${(namespace ?? name).replaceAll('-', '_')}_${name.replaceAll('-', '_')}`,
    mode: 'managed',
    type,
    name,
    provider_name: 'registry.terraform.io/hashicorp/kubernetes',
    change: {
      actions,
      before: created ? null : before,
      after: gone ? null : after,
      after_unknown: {},
      before_sensitive: {},
      after_sensitive: false,
      ...(replace_paths !== undefined && { replace_paths }),
    },
    ...(action_reason !== undefined && { action_reason }),
  };
}

const claimSpec = (storage: string) => ({
  access_modes: ['ReadWriteOncePod'],
  resources: [{ limits: null, requests: { storage } }],
  storage_class_name: 'fast',
});
const namespaceOf = (tenant: string, type = 'kubernetes_namespace_v1'): Resource => ({
  type,
  name: ns(tenant),
  labels: labelsOf(tenant),
});
const claimOf = (tenant: string, type = 'kubernetes_persistent_volume_claim_v1'): Resource => ({
  type,
  namespace: ns(tenant),
  name: 'runtime-state',
  labels: labelsOf(tenant),
  spec: claimSpec('5Gi'),
});
const replicaClaim = (replica: number): Resource => ({
  type: 'kubernetes_persistent_volume_claim_v1',
  namespace: POOL_NS,
  name: `runtime-${replica}-state`,
  labels: labelsOf(`pool/${replica}`),
  spec: claimSpec('5Gi'),
});
const poolSpace: Resource = { type: 'kubernetes_namespace_v1', name: POOL_NS };
const deploymentOf = (tenant: string): Resource => ({
  ...claimOf(tenant, 'kubernetes_deployment_v1'),
  name: 'runtime',
});

const without = (...ids: readonly string[]) =>
  Object.fromEntries(Object.entries(TOPOLOGY.tenants).filter(([id]) => !ids.includes(id)));
const purging = (...ids: readonly string[]) => ({ tenants: without(...ids), purge: ids });

function check(changes: readonly Change[], topology: object = {}, envelope: object = {}): PlanCheck {
  const parsed = topologyOf(topology);
  return checkPlan(
    parseTerraformPlan(planJson(changes, envelope), 'plan.json'),
    { topology: parsed, plan: planTopology(parsed) },
    'plan.json',
  );
}

/** The one refusal of the one change that matters. */
function refusal(changes: readonly Change[], topology: object = {}): string {
  const { refusals, purges } = check(changes, topology);
  expect(purges).toEqual([]);
  expect(refusals).toHaveLength(1);
  expect(refusals[0]).not.toContain('\n');
  return refusals[0]!;
}

const HARMLESS = { refusals: [], purges: [], warnings: [] };

describe('what is allowed', () => {
  it.each<[string, Change[]]>([
    ['nothing at all', []],
    ['no change', [change(claimOf('acme'), ['no-op'])]],
    ['a new tenant', [change(namespaceOf('acme'), ['create']), change(claimOf('acme'), ['create'])]],
    ['an update in place', [change(namespaceOf('acme'), ['update'])]],
    ['a deployment replaced', [change(deploymentOf('acme'), ['delete', 'create'])]],
    ['a deployment deleted', [change(deploymentOf('acme'), DELETE)]],
    [
      'a volume that moved in the configuration',
      [{ ...change(claimOf('acme'), ['no-op']), previous_address: 'x.y' }],
    ],
    ['data that is read', [{ ...change(namespaceOf('acme'), ['read']), mode: 'data' }]],
  ])('%s', (_, changes) => {
    expect(check(changes)).toEqual(HARMLESS);
  });

  it.each([
    ['5Gi', '10Gi'],
    ['5Gi', '5120Mi'],
    ['5Gi', '6G'],
    ['1.5Gi', '2Gi'],
  ])('a volume that grows from %s to %s', (from, to) => {
    const before = { ...claimOf('acme'), spec: claimSpec(from) };
    const after = { spec: [claimSpec(to)] };
    expect(check([change(before, ['update'], { after })])).toEqual(HARMLESS);
  });

  it('the purge of a tenant: its volume and its namespace, each told', () => {
    const { refusals, purges } = check(
      [
        change(claimOf('globex'), DELETE),
        change(namespaceOf('globex'), DELETE),
        change(deploymentOf('globex'), DELETE),
      ],
      purging('globex'),
    );
    expect(refusals).toEqual([]);
    expect(purges).toEqual([
      expect.stringMatching(
        /^tenant globex: PersistentVolumeClaim prod-tenant-globex-\w+\/runtime-state \(.*\) is deleted$/,
      ),
      expect.stringMatching(/^tenant globex: Namespace prod-tenant-globex-\w+ \(.*\) is deleted$/),
    ]);
  });

  it('the purge of a tenant whose objects have lost their labels, by the name of the namespace', () => {
    const bare = [claimOf('globex'), namespaceOf('globex')].map((resource) => ({ ...resource, labels: {} }));
    expect(
      check(
        bare.map((resource) => change(resource, DELETE)),
        purging('globex'),
      ),
    ).toMatchObject({
      refusals: [],
      purges: [expect.anything(), expect.anything()],
    });
  });

  it('the purge of a replica, and of the pool with all of them', () => {
    const some = { pool: { replicas: 1 }, purge: ['pool/1'] };
    expect(check([change(replicaClaim(1), DELETE), change(replicaClaim(0), ['no-op'])], some)).toMatchObject({
      refusals: [],
      purges: [expect.stringMatching(/^replica pool\/1: /)],
    });
    const all = {
      pattern: 'isolated',
      pool: undefined,
      tenants: { acme: {} },
      purge: ['pool/0', 'pool/1'],
    };
    expect(
      check(
        [replicaClaim(0), replicaClaim(1), poolSpace].map((one) => change(one, DELETE)),
        all,
      ),
    ).toMatchObject({
      refusals: [],
      purges: [expect.anything(), expect.anything(), expect.stringMatching(/^the pool: /)],
    });
  });

  it('the purge of a volume in a namespace of the platform team', () => {
    const claim = { ...claimOf('globex'), namespace: 'team-globex' };
    const { refusals, purges } = check(
      [change(claim, DELETE), change(claimOf('acme'), ['no-op'])],
      purging('globex'),
    );
    expect([refusals, purges.length]).toEqual([[], 1]);
  });

  it('to leave behind what is purged', () => {
    expect(check([change(claimOf('globex'), ['forget'])], purging('globex')).purges).toEqual([
      expect.stringMatching(/is left behind, out of the sight of Terraform$/),
    ]);
  });
});

describe('what is refused', () => {
  const PROTECTED = [
    'kubernetes_namespace',
    'kubernetes_namespace_v1',
    'kubernetes_persistent_volume_claim',
    'kubernetes_persistent_volume_claim_v1',
    'kubernetes_stateful_set',
    'kubernetes_stateful_set_v1',
  ];
  const resource = (type: string) =>
    type.includes('namespace') ? namespaceOf('acme', type) : claimOf('acme', type);

  it.each(PROTECTED)('the deletion of a %s', (type) => {
    expect(refusal([change(resource(type), DELETE)])).toMatch(
      /^tenant acme: \w+ prod-tenant-acme-.* would be deleted with its data \(delete_because_no_resource_config\): /,
    );
  });

  it.each(PROTECTED)('the replacement of a %s, either way round', (type) => {
    for (const actions of [
      ['delete', 'create'],
      ['create', 'delete'],
    ]) {
      const replaced = change(resource(type), actions, {
        action_reason: 'replace_because_cannot_update',
        replace_paths: [['spec', 0, 'storage_class_name']],
      });
      expect(refusal([replaced])).toMatch(
        /would be replaced, which deletes its data \(replace_because_cannot_update\): set back what forces it \(spec\.0\.storage_class_name\)$/,
      );
    }
  });

  it.each([
    ['replace_because_tainted', /run "terraform untaint 'kubernetes_/],
    ['replace_by_request', /plan without -replace$/],
    ['replace_by_triggers', /replace_triggered_by/],
    ['something_new', /plan again from its current stacks, and not with -destroy$/],
  ])('a replacement with the reason %s, with what to do about it', (action_reason, advice) => {
    expect(refusal([change(claimOf('acme'), ['delete', 'create'], { action_reason })])).toMatch(advice);
  });

  it('a tenant that is gone from the topology, with both ways on', () => {
    const gone = { tenants: without('globex') };
    // Only a lock beside the topology could tell that this one has been there.
    for (const lost of [claimOf('globex'), namespaceOf('globex')]) {
      expect(refusal([change(lost, DELETE), change(claimOf('acme'), ['no-op'])], gone)).toMatch(
        /^tenant globex: .*: bring globex back under tenants \(state: retired keeps its data\), or put globex under purge$/,
      );
    }
  });

  it('a volume whose tenant is in the pool now, with no lock to know it by', () => {
    const claim = { ...claimOf('pooled') };
    expect(refusal([change(claim, DELETE)])).toMatch(/restore the lock from version control$/);
  });

  it('a replica that is not purged', () => {
    const fewer = { pool: { replicas: 1 }, purge: [] };
    expect(refusal([change(replicaClaim(1), DELETE)], fewer)).toMatch(
      /^replica pool\/1: .*: raise pool\.replicas to have it back, or put pool\/1 under purge$/,
    );
  });

  it('the deletion of one beside the purge of another', () => {
    const { refusals, purges } = check(
      [
        change(claimOf('globex'), DELETE),
        change(claimOf('acme'), DELETE),
        change(namespaceOf('globex'), DELETE),
      ],
      purging('globex'),
    );
    expect(purges).toHaveLength(2);
    expect(refusals).toEqual([expect.stringMatching(/^tenant acme: PersistentVolumeClaim/)]);
  });

  it('everything at once, a line each', () => {
    const all = [namespaceOf('acme'), claimOf('acme'), namespaceOf('globex'), replicaClaim(0), poolSpace];
    expect(check(all.map((one) => change(one, DELETE))).refusals).toHaveLength(5);
  });

  it.each([
    ['5Gi', '4Gi'],
    ['5Gi', '5G'],
    ['5Gi', '5Ki'],
    ['5Gi', 'a lot'],
  ])('a volume that goes from %s to %s', (from, to) => {
    const before = { ...claimOf('acme'), spec: claimSpec(from) };
    expect(refusal([change(before, ['update'], { after: { spec: [claimSpec(to)] } })])).toMatch(
      new RegExp(`would be smaller: a volume cannot shrink from ${from} to ${to}, use ${from} or more$`),
    );
  });

  it('a volume that would be replaced by a smaller one, as this provider does', () => {
    const after = { spec: [claimSpec('4Gi')] };
    const action_reason = 'replace_because_cannot_update';
    expect(refusal([change(claimOf('acme'), ['delete', 'create'], { after, action_reason })])).toMatch(
      /\(replace_because_cannot_update\): a volume cannot shrink from 5Gi to 4Gi/,
    );
  });

  it('a volume that would be somebody else’s', () => {
    const after = {
      metadata: [{ labels: labelsOf('globex'), name: 'runtime-state', namespace: ns('acme') }],
    };
    expect(refusal([change(claimOf('acme'), ['update'], { after })])).toMatch(/would go from acme to globex/);
  });

  it('what Terraform would forget', () => {
    expect(refusal([change(claimOf('acme'), ['forget'])])).toMatch(/would be forgotten by Terraform/);
    expect(refusal([change(claimOf('acme'), ['create', 'forget'])])).toMatch(/would be forgotten/);
  });

  it('an action that nobody knows yet', () => {
    expect(refusal([change(claimOf('acme'), ['recycle'])])).toMatch(/unknown action recycle/);
    expect(refusal([change(claimOf('acme'), ['update', 'recycle'])])).toMatch(
      /unknown action update, recycle/,
    );
  });

  it('an object that was left over by a failed replacement', () => {
    expect(refusal([{ ...change(claimOf('acme'), DELETE), deposed: '01234567' }])).toMatch(/^tenant acme/);
  });

  it.each<[string, Resource]>([
    ['azurerm_storage_account', { type: 'azurerm_storage_account', name: 'prodacme' }],
    ['azurerm_storage_share', { type: 'azurerm_storage_share', name: 'prod-acme' }],
    ['azurerm_resource_group', { type: 'azurerm_resource_group', name: 'prod' }],
    ['kubernetes_persistent_volume_v1', { type: 'kubernetes_persistent_volume_v1', name: 'pv' }],
  ])('an %s that says nothing of its owner', (_, stranger) => {
    expect(refusal([change(stranger, DELETE)], purging('globex'))).toMatch(
      /^unknown owner: .* nothing says whose it is: find out whose data it holds, then remove it by hand$/,
    );
  });
});

describe('who owns what', () => {
  const labelled = (claim: Resource, labels: Readonly<Record<string, string>>) => ({ ...claim, labels });

  it.each<[string, Resource, RegExp]>([
    [
      'labels of the purged one in the namespace of another',
      labelled(claimOf('acme'), labelsOf('globex')),
      /its label says globex, its namespace acme/,
    ],
    [
      'labels that contradict each other',
      labelled(claimOf('globex'), { ...labelsOf('globex'), 'copilot-runtimes/tenant': 'acme' }),
      /its labels contradict each other \(globex, acme\)/,
    ],
    [
      'a namespace with labels of the purged one and a name of nobody',
      { ...namespaceOf('globex'), name: 'kube-system' },
      /its name is none of this topology/,
    ],
    [
      'a namespace with labels of the purged one and the name of another',
      { ...namespaceOf('globex'), name: ns('acme') },
      /its label says globex, its namespace acme/,
    ],
    [
      'a volume without labels in the pool',
      labelled(replicaClaim(1), {}),
      /nothing says which replica it is of/,
    ],
    [
      'a volume of a tenant in the pool',
      labelled(replicaClaim(1), labelsOf('globex')),
      /its label says globex/,
    ],
    [
      'a volume without labels in a namespace of nobody',
      { ...labelled(claimOf('globex'), {}), namespace: 'elsewhere' },
      /nothing says whose it is/,
    ],
    [
      'a label that is no id',
      { ...labelled(claimOf('globex'), { 'copilot-runtimes/runtime': 'pool.*' }), namespace: 'elsewhere' },
      /its label pool\.\* is no id/,
    ],
  ])('%s is refused', (_, stranger, doubt) => {
    const known = change(claimOf('acme'), ['no-op'], { address: 'known' });
    const topology = { ...purging('globex'), purge: ['globex', 'pool/2'] };
    expect(refusal([known, change(stranger, DELETE)], topology)).toMatch(doubt);
  });

  it('what had no value before cannot be told', () => {
    const lost = change(claimOf('globex'), DELETE);
    const { refusals } = check(
      [{ ...lost, change: { ...(lost.change as object), before: null } }],
      purging('globex'),
    );
    expect(refusals).toEqual([expect.stringMatching(/^unknown owner/)]);
  });

  it('a tenant called pool is not the pool', () => {
    const { purges } = check([change(claimOf('pool'), DELETE)], purging('pool'));
    expect(purges).toEqual([expect.stringMatching(/^tenant pool: /)]);
    expect(refusal([change(poolSpace, DELETE)], purging('pool'))).toMatch(/^the pool: .*replica by replica/);
    expect(refusal([change(claimOf('pool'), DELETE)], { purge: ['pool/2'] })).toMatch(/^tenant pool: /);
  });

  it('objects of kubernetes_manifest are read like others', () => {
    const manifest = (kind: string, tenant: string) => {
      const object = {
        apiVersion: 'v1',
        kind,
        metadata: { name: 'x', namespace: ns(tenant), labels: labelsOf(tenant) },
      };
      const raw = change({ type: 'kubernetes_manifest', name: 'x' }, DELETE);
      return { ...raw, change: { ...(raw.change as object), before: { manifest: object, object } } };
    };
    expect(refusal([manifest('PersistentVolumeClaim', 'acme')])).toMatch(
      /^tenant acme: PersistentVolumeClaim/,
    );
    expect(check([manifest('ConfigMap', 'acme')])).toEqual(HARMLESS);
    expect(check([manifest('StatefulSet', 'globex')], purging('globex')).purges).toHaveLength(1);
  });
});

describe('a namespace or an account', () => {
  const purge = { pattern: 'isolated', pool: undefined, tenants: { acme: {} } };

  it('does not go while it holds a volume of somebody else', () => {
    const inside = { ...claimOf('globex'), labels: {}, name: 'other', namespace: POOL_NS };
    expect(
      check([change(poolSpace, DELETE), change(replicaClaim(0), DELETE), change(inside, ['no-op'])], {
        ...purge,
        purge: ['pool/0'],
      }).refusals,
    ).toEqual([expect.stringMatching(/^the pool: .* it holds .*other, whose owner is not under purge$/)]);
  });

  it('does not go with one replica only', () => {
    const changes = [
      change(poolSpace, DELETE),
      change(replicaClaim(0), DELETE),
      change(replicaClaim(1), DELETE),
    ];
    const { refusals, purges } = check(changes, { ...purge, purge: ['pool/1'] });
    expect(purges).toHaveLength(1);
    expect(refusals).toHaveLength(2);
  });

  it('does not go while the topology has replicas in it', () => {
    const topology = { pool: { replicas: 1 }, purge: ['pool/1'] };
    expect(refusal([change(poolSpace, DELETE)], topology)).toMatch(/: pool\/0 lives in it$/);
  });

  it('labelled with its first replica, as older versions did, is the pool’s all the same', () => {
    const labelled = { ...poolSpace, labels: labelsOf('pool/1') };
    const topology = { pool: { replicas: 1 }, purge: ['pool/1'] };
    expect(refusal([change(labelled, DELETE)], topology)).toMatch(/^the pool: .*pool\/0 lives in it$/);
  });

  it('on Azure is told by its tags, and keeps the shares of others', () => {
    const tags = (owner: string) => ({ 'copilot-runtimes-tenant': owner });
    const azure = (type: string, fields: object, actions = DELETE): Change => {
      const raw = change({ type, name: 'x' }, actions, {
        address: `${type}.${JSON.stringify(fields).length}`,
      });
      return {
        ...raw,
        change: { ...(raw.change as object), before: fields, after: actions === DELETE ? null : fields },
      };
    };
    const account = azure('azurerm_storage_account', { name: 'acc', tags: tags('globex') });
    const share = (owner: string, actions = DELETE) =>
      azure(
        'azurerm_storage_share',
        { name: owner, storage_account_name: 'acc', quota: 5, tags: tags(owner) },
        actions,
      );
    expect(check([account, share('globex')], purging('globex'))).toMatchObject({ refusals: [] });
    expect(check([account, share('acme', ['no-op'])], purging('globex')).refusals).toEqual([
      expect.stringMatching(/^tenant globex: storage account acc .* it holds azurerm_storage_share/),
    ]);
    expect(refusal([share('acme')])).toMatch(/^tenant acme: file share acc\/acme/);
    const shrunk = share('acme', ['update']);
    const after = { name: 'acme', storage_account_name: 'acc', quota: 4, tags: tags('acme') };
    expect(refusal([{ ...shrunk, change: { ...(shrunk.change as object), after } }])).toMatch(
      /from 5 GiB to 4 GiB/,
    );
  });
});

describe('state that is lost already', () => {
  it('is told, for the plan would create it empty', () => {
    const { refusals, warnings } = check(
      [change(claimOf('acme'), ['create'])],
      {},
      {
        resource_drift: [change(claimOf('acme'), DELETE), change(deploymentOf('acme'), DELETE)],
      },
    );
    expect(refusals).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(/^tenant acme: PersistentVolumeClaim .* was deleted outside of Terraform/),
    ]);
  });
});

describe('what is no plan of this topology', () => {
  const deletion = [change(claimOf('acme'), DELETE)];

  it.each<[string, string, RegExp]>([
    ['a binary plan', 'PK\u0003\u0004', /is not JSON: make it with "terraform show -json plan\.bin"/],
    ['nothing', '', /is not JSON/],
    ['another JSON', '{}', /format_version must be 1\.x, got nothing/],
    ['null', 'null', /format_version must be 1\.x/],
    ['a list', '[]', /format_version must be 1\.x/],
    [
      'a format of the future',
      planJson([], { format_version: '2.0' }),
      /format_version must be 1\.x, got "2\.0"/,
    ],
    [
      'a state',
      JSON.stringify({ format_version: '1.0', terraform_version: '1.11.4', values: { root_module: {} } }),
      /is a state or a configuration and no plan/,
    ],
    ['a plan that failed', planJson(deletion, { errored: true }), /errored is true/],
    ['a plan of a part', planJson(deletion, { complete: false }), /complete is false.*without -target/],
    [
      'a change without actions',
      planJson([{ ...change(claimOf('acme'), DELETE), change: { actions: [] } }]),
      /resource_changes\[0\]\.change\.actions is not what a plan has there/,
    ],
    [
      'a change without a type',
      planJson([{ address: 'x', mode: 'managed', change: { actions: ['delete'] } }]),
      /resource_changes\[0\]\.type is not what a plan has there/,
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseTerraformPlan(text, 'plan.json')).toThrow(message);
  });

  it('fields that nobody knows yet are no mistake', () => {
    const plan = planJson([{ ...change(claimOf('acme'), ['no-op']), novelty: 1 }], {
      format_version: '1.99',
      news: {},
    });
    expect(parseTerraformPlan(plan, 'plan.json').changes).toHaveLength(1);
  });

  it('a plan of another topology is refused, whether it would pass or not', () => {
    const staging = { ...claimOf('acme'), namespace: 'staging-tenant-acme-abcdefghij' };
    for (const actions of [DELETE, ['no-op']]) {
      expect(() => check([change(staging, actions)], purging('acme'))).toThrow(
        /plan\.json is of another topology, for none of its namespaces \(staging-tenant-acme-abcdefghij\) is one of "prod"/,
      );
    }
  });
});

describe('the volume that replicas share', () => {
  const claim: Resource = { ...replicaClaim(0), name: 'pool-state', labels: labelsOf('pool/shared') };
  const shared = { storage: 'shared', lock: { redis: { url: 'redis://10.1.2.3' } } };

  it('is deleted when it is purged, and not with any replica', () => {
    const { refusals, purges } = check([change(claim, DELETE)], { purge: ['pool/shared'] });
    expect([refusals, purges]).toEqual([
      [],
      [
        expect.stringMatching(
          /^the replicas of the pool: PersistentVolumeClaim \S+\/pool-state .* is deleted$/,
        ),
      ],
    ]);
    expect(check([change(claim, DELETE)], { purge: ['pool/4'] }).refusals).toEqual([
      expect.stringContaining('set pool.storage back to shared, or put pool/shared under purge'),
    ]);
  });

  it('is not deleted while the topology has it, however small the pool gets', () => {
    expect(check([change(claim, DELETE)], { pool: { replicas: 1, ...shared } }).refusals).toEqual([
      expect.stringContaining('the topology still has it'),
    ]);
    expect(check([change(claim, ['no-op'])], { pool: { replicas: 1, ...shared } }).refusals).toEqual([]);
  });
});
