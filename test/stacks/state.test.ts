import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { InputError, type Lock } from '../../topology/index.js';
import {
  addresses,
  all,
  difference,
  plan,
  synthPlan,
  topology,
  type Json,
  type TerraformJson,
} from '../constructs/kubernetes/support.js';
import { tenantIds } from '../topology/arbitraries.js';

type Stacks = Record<string, TerraformJson>;

/** The fields of volumes and namespaces that Terraform cannot change without making them anew, by address. */
function stateOf(stacks: Stacks): Record<string, { replaced: Json; sizeGiB: number }> {
  return Object.fromEntries(
    Object.entries(addresses(stacks))
      .filter(([address]) => /kubernetes_(persistent_volume_claim|namespace)_v1/.test(address))
      .map(([address, { metadata, spec }]) => [
        address,
        {
          replaced: [metadata.name, metadata.namespace, spec?.storage_class_name, spec?.access_modes],
          sizeGiB: Number(spec?.resources.requests.storage.replace('Gi', '') ?? 0),
        },
      ]),
  );
}

/** Addresses of state that a change would destroy, replace or shrink. */
function lost(before: Stacks, after: Stacks): string[] {
  const now = stateOf(after);
  return Object.entries(stateOf(before)).flatMap(([address, { replaced, sizeGiB }]) => {
    const same = now[address];
    return same && same.sizeGiB >= sizeGiB && JSON.stringify(same.replaced) === JSON.stringify(replaced)
      ? []
      : [address];
  });
}

const HYBRID = topology('hybrid', {
  storage: { class: 'fast', sizeGiB: 5 },
  tenants: {
    acme: { placement: 'dedicated', clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }] },
    globex: { placement: 'dedicated', cell: 'c02' },
    docs: { placement: 'pool' },
    hooli: { placement: 'dedicated' },
  },
  kubernetes: { existingNamespaces: { hooli: 'hooli-copilot' } },
});

const stacksOf = (input: Json, lock?: Lock) => synthPlan(plan(input, lock).plan);
const edited = (change: (input: Json) => void, from: Json = HYBRID): Json => {
  const input = structuredClone(from);
  change(input);
  return input;
};

/** Addresses of a topology without cdktf's hashes: `prod-c01/namespace.Dedicated_acme_Envelope`. */
const short = (address: string) =>
  address
    .replace('kubernetes_', '')
    .replace('_v1', '')
    .replace(/_[0-9A-F]{8}\b/, '');
const resourcesOf = (stacks: Stacks, tenant: string) =>
  Object.keys(addresses(stacks))
    .filter((address) => address.includes(`Dedicated_${tenant}_`))
    .map(short)
    .sort();

describe('no change of a topology costs a tenant its state', () => {
  const tenant = fc.constantFrom('acme', 'globex', 'docs', 'hooli');
  const small = fc.integer({ min: 1, max: 9 });
  const own = plan(HYBRID).plan.runtimes.find((runtime) => runtime.tenant === 'acme')!.namespace;

  /** Edits that somebody may make; those that the lock must refuse are among them. */
  const edit: fc.Arbitrary<(input: Json) => void> = fc.oneof(
    fc.constantFrom<(input: Json) => void>(
      (input) => (input.runtime.image = `other@sha256:${'1'.repeat(64)}`),
      (input) => (input.kubernetes = { ...input.kubernetes, env: { ZONE: '2' }, labels: { team: 'x' } }),
      (input) => (input.runtime.port = 5000),
      (input) => (input.storage.retention = 'delete'),
      (input) => (input.storage.class = 'slow'),
      (input) => (input.storage.accessMode = 'ReadWriteOnce'),
      (input) => (input.kubernetes = {}),
      // A namespace that is our own is called somebody else's, which would drop it from the stack.
      (input) => (input.kubernetes = { existingNamespaces: { acme: own } }),
      (input) => (input.kubernetes = { existingNamespaces: { acme: 'elsewhere' } }),
      (input) => (input.name = 'other'),
      (input) => {
        input.pattern = 'isolated';
        delete input.pool;
        for (const each of Object.values<Json>(input.tenants)) each.placement = 'dedicated';
      },
      (input) => {
        input.pattern = 'shared';
        for (const each of Object.values<Json>(input.tenants)) each.placement = 'pool';
      },
    ),
    fc.integer({ min: 1, max: 4 }).map((replicas) => (input: Json) => (input.pool = { replicas })),
    small.map((sizeGiB) => (input: Json) => (input.storage.sizeGiB = sizeGiB)),
    fc.tuple(tenant, fc.constantFrom('dedicated', 'pool')).map(([id, placement]) => (input: Json) => {
      input.pattern = 'hybrid';
      input.pool ??= { replicas: 1 };
      if (input.tenants[id]) input.tenants[id].placement = placement;
    }),
    fc
      .tuple(
        tenant,
        fc.constantFrom<Json>(
          { state: 'active' },
          { state: 'suspended' },
          { state: 'retired' },
          { cell: 'c03' },
          { clients: [] },
          { clients: [{ namespace: 'x', serviceAccount: 'y' }] },
          { connectionTokenRevision: 2 },
          { sizeGiB: 4 },
          { sizeGiB: 50 },
          { resources: { cpu: '4', memoryMiB: 4096 } },
        ),
      )
      .map(([id, change]) => (input: Json) => {
        if (input.tenants[id]) Object.assign(input.tenants[id], change);
      }),
    tenant.map((id) => (input: Json) => delete input.tenants[id]),
    tenantIds.map((id) => (input: Json) => (input.tenants[id] ??= { placement: 'dedicated' })),
  );

  it('in any order of edits, with the lock carried along', () => {
    const taken = { edits: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let input = HYBRID;
        let { lock, plan: planned } = plan(input);
        let before = synthPlan(planned);
        for (const change of edits) {
          const next = edited(change, input);
          taken.edits++;
          try {
            ({ lock, plan: planned } = plan(next, lock));
          } catch (error) {
            // Refused before anything is written.
            if (!(error instanceof InputError)) throw error;
            taken.refused++;
            continue;
          }
          const after = synthPlan(planned);
          expect(lost(before, after)).toEqual([]);
          [input, before] = [next, after];
        }
      }),
      { numRuns: 15 },
    );
    expect(taken.refused).toBeGreaterThan(0);
    expect(taken.edits - taken.refused).toBeGreaterThan(taken.edits / 3);
  }, 120_000);

  it('is a test that finds what is lost', () => {
    const before = stacksOf(HYBRID);
    const pooled = edited(({ tenants }) => (tenants.acme.placement = 'pool'));
    const { lock } = plan(HYBRID);
    expect(lost(before, stacksOf(pooled, lock))).toEqual([]);
    expect(lost(before, stacksOf(pooled)).map(short)).toEqual([
      'prod-c01/namespace.Dedicated_acme_Envelope',
      'prod-c01/persistent_volume_claim.Dedicated_acme_Runtime_Volume',
    ]);
    for (const change of [{ class: 'slow' }, { sizeGiB: 4 }, { accessMode: 'ReadWriteOnce' }]) {
      const changed = edited(({ storage }) => Object.assign(storage, change));
      expect(lost(before, stacksOf(changed)).length).toBe(5);
    }
  });

  it('brings a tenant back from the pool to what it had', () => {
    const { lock } = plan(HYBRID);
    const away = plan(
      edited(({ tenants }) => (tenants.acme.placement = 'pool')),
      lock,
    );
    expect(resourcesOf(synthPlan(away.plan), 'acme')).toEqual([
      'prod-c01/namespace.Dedicated_acme_Envelope',
      'prod-c01/persistent_volume_claim.Dedicated_acme_Runtime_Volume',
    ]);
    const back = plan(HYBRID, away.lock);
    expect(addresses(synthPlan(back.plan))).toEqual(addresses(stacksOf(HYBRID)));
  });
});

describe('life of a tenant', () => {
  const withState = (state: string, tenant = 'acme') =>
    stacksOf(edited(({ tenants }) => (tenants[tenant].state = state)));

  it('retired keeps exactly namespace and volume', () => {
    expect(resourcesOf(withState('retired'), 'acme')).toEqual([
      'prod-c01/namespace.Dedicated_acme_Envelope',
      'prod-c01/persistent_volume_claim.Dedicated_acme_Runtime_Volume',
    ]);
    expect(resourcesOf(withState('retired', 'hooli'), 'hooli')).toEqual([
      'prod-c01/persistent_volume_claim.Dedicated_hooli_Runtime_Volume',
    ]);
  });

  it('suspended changes nothing but the number of pods and what clients are told', () => {
    const changed = difference(addresses(stacksOf(HYBRID)), addresses(withState('suspended')));
    expect(changed.map(short).sort()).toEqual([
      'prod-c01/config_map.Dedicated_acme_Envelope_Manifest data manifest.json',
      'prod-c01/deployment.Dedicated_acme_Runtime spec replicas',
    ]);
    const [acme] = all(withState('suspended')['prod-c01']!, 'deployment');
    expect(acme.spec.replicas).toBe('0');
  });

  it.each(['active', 'suspended', 'retired'])(
    '%s tenants are protected from destroy, or not at all',
    (state) => {
      const { acme } = HYBRID.tenants;
      for (const [retention, prevent] of [
        ['retain', true],
        ['delete', false],
      ]) {
        const input = edited((next) => {
          next.storage.retention = retention;
          next.tenants.acme = { ...acme, state };
        });
        const kept = Object.entries(addresses(stacksOf(input))).filter(([address]) =>
          /namespace_v1|persistent_volume_claim_v1/.test(address),
        );
        expect(kept).toHaveLength(8);
        for (const [, { lifecycle }] of kept) expect(lifecycle).toEqual({ prevent_destroy: prevent });
      }
    },
  );

  it('existing namespaces are never made, adopted or protected', () => {
    const c01 = stacksOf(HYBRID)['prod-c01']!;
    expect(all(c01, 'namespace').map(({ metadata }) => metadata.name)).not.toContain('hooli-copilot');
    expect(JSON.stringify(c01)).not.toContain('"import"');
  });
});

describe('adding, removing and purging', () => {
  const before = stacksOf(HYBRID);
  const { lock } = plan(HYBRID);

  it('a tenant leaves every other resource as it was', () => {
    const after = stacksOf(
      edited(({ tenants }) => (tenants.aaa = { placement: 'dedicated' })),
      lock,
    );
    const [old, now] = [addresses(before), addresses(after)];
    const added = Object.keys(now).filter((address) => !old[address]);
    expect(added.every((address) => address.includes('Dedicated_aaa_'))).toBe(true);
    expect(Object.keys(now).filter((address) => old[address])).toHaveLength(Object.keys(old).length);
    for (const address of Object.keys(old)) expect(now[address]).toEqual(old[address]);
  });

  it('purge removes exactly the tenant', () => {
    const input = edited((next) => {
      delete next.tenants.acme;
      next.purge = ['acme'];
    });
    const after = addresses(stacksOf(input, lock));
    const kept = Object.entries(addresses(before)).filter(([address]) => !address.includes('_acme_'));
    expect(after).toEqual(Object.fromEntries(kept));
    expect(Object.keys(addresses(before)).length - kept.length).toBe(14);
  });

  it('purge of the last tenant of a cell leaves the stack, without which nothing would be deleted', () => {
    const input = edited((next) => {
      delete next.tenants.globex;
      next.purge = ['globex'];
    });
    const after = stacksOf(input, lock);
    expect(Object.keys(after)).toEqual(['prod-base', 'prod-c01', 'prod-c02']);
    expect(after['prod-c02']).not.toHaveProperty('resource');
    // Still so when the lock has taken up the purge, as it has when CI deploys it.
    const later = plan(input, lock);
    expect(later.lock.tenants).not.toHaveProperty('globex');
    expect(Object.keys(stacksOf(input, later.lock))).toContain('prod-c02');
    expect(Object.keys(stacksOf(input))).not.toContain('prod-c02');
  });

  it('purge of a replica removes exactly the replica', () => {
    const input = edited((next) => {
      next.pool.replicas = 1;
      next.purge = ['pool/1'];
    });
    const after = addresses(stacksOf(input, lock));
    const kept = Object.keys(addresses(before)).filter((address) => !address.includes('Shared_Pool_1_'));
    expect(Object.keys(after).sort()).toEqual(kept.sort());
  });

  it('is refused where state would go unasked', () => {
    for (const change of [
      (next: Json) => delete next.tenants.acme,
      (next: Json) => (next.pool.replicas = 1),
      (next: Json) => (next.tenants.acme.cell = 'c02'),
    ]) {
      expect(() => plan(edited(change), lock)).toThrow(InputError);
    }
  });
});

describe('order', () => {
  it('of a purge is workload, volume, namespace: each depends on what must outlive it', () => {
    for (const [stack, { resource = {} }] of Object.entries(stacksOf(HYBRID))) {
      const bodies = new Map(
        Object.entries(resource).flatMap(([type, byId]) =>
          Object.entries(byId).map(([id, body]) => [`${type}.${id}`, body] as [string, Json]),
        ),
      );
      const needs = (address: string): Set<string> =>
        new Set((bodies.get(address)?.depends_on ?? []).flatMap((next: string) => [next, ...needs(next)]));
      for (const [address, { metadata, spec }] of bodies) {
        const needed = [...needs(address)].map((each) => [each, bodies.get(each)] as const);
        const namespace = [...bodies.values()].find(
          (body) => body.metadata.namespace === undefined && body.metadata.name === metadata.namespace,
        );
        expect([undefined, ...needed.map(([, body]) => body)]).toContain(namespace);
        if (!address.startsWith('kubernetes_deployment') || metadata.name === 'gateway') continue;
        // The pod goes before the policies that hold it, and comes after them.
        expect(needed.map(([each]) => each.replace(/\..*/, ''))).toEqual(
          expect.arrayContaining([
            'kubernetes_persistent_volume_claim_v1',
            'kubernetes_network_policy_v1',
            'kubernetes_secret_v1',
          ]),
        );
        const { claim_name } = spec.template.spec.volume[0].persistent_volume_claim;
        expect(
          needed.filter(
            ([, body]) => body.metadata.name === claim_name && body.metadata.namespace === metadata.namespace,
          ),
        ).toHaveLength(1);
      }
      expect(stack).toMatch(/^prod-/);
    }
  });
});

describe('construct paths', () => {
  const perTenant = Object.keys(addresses(stacksOf(topology('isolated')))).length;
  const isolated = (ids: readonly string[]) =>
    addresses(stacksOf(topology('isolated', { tenants: Object.fromEntries(ids.map((id) => [id, {}])) })));

  it('collide for no ids, and are the same whoever else is there', () => {
    const alike = [
      'a',
      'a-envelope',
      'envelope',
      'runtime',
      'resource',
      'default',
      'a-b',
      'a--b',
      'ab',
      'dedicated',
    ];
    fc.assert(
      fc.property(fc.uniqueArray(tenantIds, { minLength: 2, maxLength: 5 }), (ids) => {
        const together = isolated(ids);
        expect(Object.keys(together)).toHaveLength(ids.length * perTenant);
        const [first] = ids;
        for (const [address, body] of Object.entries(isolated([first!])))
          expect(together[address]).toEqual(body);
      }),
      { numRuns: 10, examples: [[alike]] },
    );
  });

  it('never change: they are the addresses of what is deployed', () => {
    // A change here destroys and recreates what is deployed. Not to be updated lightly.
    expect(
      Object.keys(stateOf(stacksOf(HYBRID)))
        .filter((address) => !address.includes('hooli'))
        .sort(),
    ).toMatchInlineSnapshot(`
     [
       "prod-base/kubernetes_namespace_v1.Shared_Pool_Envelope_8BD6C5EA",
       "prod-base/kubernetes_persistent_volume_claim_v1.Shared_Pool_0_Volume_F04B9300",
       "prod-base/kubernetes_persistent_volume_claim_v1.Shared_Pool_1_Volume_001BFA6A",
       "prod-c01/kubernetes_namespace_v1.Dedicated_acme_Envelope_5553CF62",
       "prod-c01/kubernetes_persistent_volume_claim_v1.Dedicated_acme_Runtime_Volume_16CB2178",
       "prod-c02/kubernetes_namespace_v1.Dedicated_globex_Envelope_EECDCC66",
       "prod-c02/kubernetes_persistent_volume_claim_v1.Dedicated_globex_Runtime_Volume_1BD96F94",
     ]
    `);
  });
});
