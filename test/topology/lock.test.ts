import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  InputError,
  lockOf,
  parseLock,
  planTopology,
  printLock,
  reconcileLock,
  type Lock,
  type LockResult,
} from '../../topology/index.js';

import { minimal, topologies, topologyOf } from './arbitraries.js';

type Kind = Parameters<typeof minimal>[1];
const hybrid: Kind = { pattern: 'hybrid' };
const shared: Kind = { pattern: 'shared' };

/** What `copilot-runtimes` does with a file and the lock beside it. */
function next(lock: Lock | undefined, changes: Record<string, unknown> = {}, kind?: Kind): LockResult {
  const topology = topologyOf(minimal(changes, kind));
  return reconcileLock(lock, lockOf(topology, planTopology(topology, lock)), topology.purge, 't.yaml');
}

function refusals(lock: Lock | undefined, changes: Record<string, unknown> = {}, kind?: Kind): string[] {
  try {
    next(lock, changes, kind);
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n');
    throw error;
  }
}

const lockFor = (changes: Record<string, unknown> = {}, kind?: Kind) => next(undefined, changes, kind).lock;

describe('what is new', () => {
  it('makes a lock where there is none', () => {
    expect(next(undefined, {}, hybrid)).toEqual({
      changes: ['the lock is new: 2 tenants, 2 replicas'],
      lock: {
        lockVersion: 1,
        topology: 'prod',
        platform: 'local',
        cells: ['c01'],
        tenants: {
          acme: {
            cell: 'c01',
            namespace: expect.stringMatching(/^prod-tenant-acme-/),
            volume: { sizeGiB: 5, class: null, accessMode: 'ReadWriteOncePod' },
          },
          globex: {},
        },
        pool: {
          0: { volume: { sizeGiB: 5, class: null, accessMode: 'ReadWriteOncePod' } },
          1: { volume: { sizeGiB: 5, class: null, accessMode: 'ReadWriteOncePod' } },
        },
      },
    });
  });

  it('is nothing when nothing changed', () => {
    const lock = lockFor({}, hybrid);
    expect(next(lock, {}, hybrid)).toEqual({ lock, changes: [] });
  });

  it('is taken up: tenants, replicas and growth', () => {
    const { lock, changes } = next(
      lockFor({}, hybrid),
      {
        tenants: {
          acme: { placement: 'dedicated', sizeGiB: 9 },
          globex: { placement: 'pool' },
          initech: { placement: 'dedicated' },
        },
        pool: { replicas: 3 },
        storage: { sizeGiB: 6 },
      },
      hybrid,
    );
    expect(changes).toEqual([
      'tenant initech is new',
      'replica pool/2 is new',
      'the volume of tenant acme grows to 9 GiB',
      'the volume of replica pool/0 grows to 6 GiB',
      'the volume of replica pool/1 grows to 6 GiB',
    ]);
    expect(lock.tenants.acme?.volume?.sizeGiB).toBe(9);
    expect(Object.keys(lock.pool)).toEqual(['0', '1', '2']);
  });
});

describe('a cell', () => {
  const both = { tenants: { acme: {}, globex: { cell: 'c02' } } };

  it('stays when its last tenant was purged, for its stack must still be deployed', () => {
    const lock = lockFor(both);
    const purged = next(lock, { tenants: { acme: {} }, purge: ['globex'] });
    expect(purged.lock.cells).toEqual(['c01', 'c02']);
    const plan = planTopology(topologyOf(minimal({ tenants: { acme: {} }, purge: ['globex'] })), purged.lock);
    expect(plan.cells).toContainEqual({ id: 'c02', runtimes: [] });
  });

  it('is taken up when it is new', () => {
    const { changes } = next(lockFor(), { tenants: { acme: {}, globex: {}, initech: { cell: 'c02' } } });
    expect(changes).toEqual(['tenant initech is new', 'cell c02 is new']);
  });
});

describe('what is refused', () => {
  it('a tenant that disappears, unless it is purged', () => {
    const lock = lockFor();
    const without = { tenants: { acme: {} } };
    expect(refusals(lock, without)).toEqual([
      't.yaml tenants.globex stands in the lock but no longer in the topology: bring it back with "state: retired" to keep its state, or put it under purge to delete it',
    ]);
    expect(refusals(lock, { ...without, purge: ['globe'] })).toHaveLength(1);
    const purged = next(lock, { ...without, purge: ['globex'] });
    expect(purged.changes).toEqual(['tenant globex is purged: its state is deleted']);
    expect(Object.keys(purged.lock.tenants)).toEqual(['acme']);
    // The entry may stay under purge; it is true already.
    expect(next(purged.lock, { ...without, purge: ['globex'] }).changes).toEqual([]);
  });

  it('a tenant that disappears from the pool', () => {
    expect(refusals(lockFor({}, shared), { tenants: { acme: {} } }, shared)[0]).toContain(
      'tenants.globex stands in the lock',
    );
  });

  it('replicas that disappear, all in one message, unless they are purged', () => {
    const lock = lockFor({ pool: { replicas: 3 } }, shared);
    expect(refusals(lock, { pool: { replicas: 2 } }, shared)).toEqual([
      't.yaml pool.replicas leaves out pool/2, whose volume holds sessions: set pool.replicas to 3 or more, or put it under purge',
    ]);
    expect(refusals(lock, { pool: { replicas: 1 } }, shared)).toEqual([
      't.yaml pool.replicas leaves out pool/1, pool/2, whose volumes hold sessions: set pool.replicas to 3 or more, or put them under purge',
    ]);
    expect(refusals(lock, { pool: { replicas: 1 }, purge: ['pool/1'] }, shared)[0]).toContain(
      'leaves out pool/2,',
    );
    const { changes, lock: after } = next(
      lock,
      { pool: { replicas: 1 }, purge: ['pool/1', 'pool/2'] },
      shared,
    );
    expect(changes).toEqual([
      'replica pool/1 is purged: its state is deleted',
      'replica pool/2 is purged: its state is deleted',
    ]);
    expect(Object.keys(after.pool)).toEqual(['0']);
  });

  it('a change between a volume for all replicas and one for each, unless what is left is purged', () => {
    const redis = { url: 'redis://r' };
    const together = (replicas: number, more: object = {}) => ({
      pool: { replicas, storage: 'shared', lock: { redis }, ...more },
    });
    const apart = { pool: { replicas: 2 } };
    const lock = lockFor(together(3), shared);
    expect(Object.keys(lock.pool)).toEqual(['shared']);
    // The volume is that of whoever is left.
    expect(next(lock, together(1), shared).changes).toEqual([]);
    expect(refusals(lock, together(3, { sizeGiB: 1 }), shared)).toEqual([
      't.yaml pool.sizeGiB must be at least 5, got 1, for the volume of pool/shared has 5 GiB and cannot shrink: use 5 or more',
    ]);
    expect(refusals(lock, apart, shared)).toEqual([
      't.yaml pool.storage leaves out pool/shared, the volume with the sessions of the pool: set pool.storage back to shared, or put pool/shared under purge',
    ]);
    expect(next(lock, { ...apart, purge: ['pool/shared'] }, shared).changes).toEqual([
      'replica pool/0 is new',
      'replica pool/1 is new',
      'pool/shared is purged: its state is deleted',
    ]);
    expect(refusals(lockFor(apart, shared), together(2), shared)).toEqual([
      't.yaml pool.storage leaves out pool/0, pool/1, whose volumes hold sessions: set pool.storage back to per-replica, or put them under purge',
    ]);
    expect(
      next(lockFor(apart, shared), { ...together(2), purge: ['pool/0', 'pool/1'] }, shared).changes[0],
    ).toBe('pool/shared is new');
  });

  it('replicas in the order of their numbers', () => {
    const lock = lockFor({ pool: { replicas: 12 } }, shared);
    expect(refusals(lock, { pool: { replicas: 9 } }, shared)[0]).toContain(
      'leaves out pool/9, pool/10, pool/11, whose',
    );
  });

  it('a whole pool that disappears', () => {
    const lock = lockFor({ tenants: { acme: { placement: 'dedicated' } } }, hybrid);
    const isolated = { tenants: { acme: {} } };
    expect(refusals(lock, isolated)[0]).toContain('leaves out pool/0, pool/1,');
    expect(next(lock, { ...isolated, purge: ['pool/0', 'pool/1'] }).lock.pool).toEqual({});
  });

  it('moving to another cell or namespace', () => {
    expect(refusals(lockFor(), { tenants: { acme: { cell: 'c02' }, globex: {} } })).toEqual([
      't.yaml tenants.acme.cell moves tenant acme from "c01" to "c02", which would delete its state: set it back',
    ]);
    const kubernetes: Kind = { platform: 'kubernetes' };
    const existing = { kubernetes: { existingNamespaces: { acme: 'theirs' } } };
    expect(refusals(lockFor({}, kubernetes), existing, kubernetes)[0]).toMatch(
      /^t\.yaml kubernetes\.existingNamespaces\.acme moves tenant acme from "prod-tenant-acme-\w+" to "theirs"/,
    );
    expect(refusals(lockFor(existing, kubernetes), {}, kubernetes)).toHaveLength(1);
    expect(refusals(lockFor(existing, kubernetes), existing, kubernetes)).toEqual([]);
  });

  it('shrinking', () => {
    const lock = lockFor({ storage: { sizeGiB: 8 } }, hybrid);
    expect(refusals(lock, { storage: { sizeGiB: 7 } }, hybrid)).toEqual([
      't.yaml tenants.acme.sizeGiB must be at least 8, got 7, for the volume of tenant acme has 8 GiB and cannot shrink: use 8 or more',
      't.yaml storage.sizeGiB must be at least 8, got 7, for the volume of replica pool/0 has 8 GiB and cannot shrink: use 8 or more',
      't.yaml storage.sizeGiB must be at least 8, got 7, for the volume of replica pool/1 has 8 GiB and cannot shrink: use 8 or more',
    ]);
    expect(refusals(lock, { storage: { sizeGiB: 8 } }, hybrid)).toEqual([]);
  });

  it('another class or access mode, in one message for all volumes', () => {
    const lock = lockFor({ storage: { class: 'slow' } }, hybrid);
    expect(refusals(lock, { storage: { class: 'fast', accessMode: 'ReadWriteOnce' } }, hybrid)).toEqual([
      't.yaml storage.class changes from "slow" to "fast", which would replace the volume of tenant acme and 2 more: set it back to "slow"',
      't.yaml storage.accessMode changes from "ReadWriteOncePod" to "ReadWriteOnce", which would replace the volume of tenant acme and 2 more: set it back to "ReadWriteOncePod"',
    ]);
    expect(refusals(lockFor(), { storage: { class: 'fast' } })).toEqual([
      't.yaml storage.class changes from the default to "fast", which would replace the volume of tenant acme and 1 more: remove it',
    ]);
  });

  it('the lock of another topology or platform, and nothing else is said then', () => {
    expect(refusals(lockFor(), { name: 'stage', tenants: { other: {} } })).toEqual([
      't.yaml name is "stage", but the lock beside it is of "prod": use the topology that the lock belongs to, or another file for this one',
    ]);
    expect(refusals(lockFor(), {}, { platform: 'kubernetes' })).toEqual([
      't.yaml platform is "kubernetes", but the lock beside it is of "local": use the topology that the lock belongs to, or another file for this one',
    ]);
  });

  it('several things at once', () => {
    const lock = lockFor({ tenants: { acme: {}, globex: {}, initech: { sizeGiB: 9 } } });
    expect(refusals(lock, { tenants: { acme: { cell: 'c02' }, initech: {} } })).toHaveLength(3);
  });
});

describe('a tenant between placements', () => {
  const own = { acme: { placement: 'dedicated', sizeGiB: 9 } };
  const pooled = { acme: { placement: 'pool' } };
  const dedicatedLock = lockFor({ tenants: own }, hybrid);
  const pooledLock = next(dedicatedLock, { tenants: pooled }, hybrid).lock;

  it('keeps its entry in the pool, and finds its volume when it returns', () => {
    expect(pooledLock).toEqual(dedicatedLock);
    expect(next(pooledLock, { tenants: own }, hybrid)).toEqual({ lock: dedicatedLock, changes: [] });
    expect(
      refusals(pooledLock, { tenants: { acme: { placement: 'dedicated', sizeGiB: 8 } } }, hybrid),
    ).toHaveLength(1);
    expect(
      refusals(
        pooledLock,
        { tenants: { acme: { placement: 'dedicated', sizeGiB: 9, cell: 'c02' } } },
        hybrid,
      ),
    ).toHaveLength(1);
  });

  it('keeps it while defaults for new volumes change', () => {
    const changed = next(pooledLock, { tenants: pooled, storage: { sizeGiB: 50 } }, hybrid);
    expect(changed.lock.tenants.acme).toEqual(dedicatedLock.tenants.acme);
  });

  it('keeps it when planned without the lock', () => {
    const topology = topologyOf(minimal({ tenants: pooled }, hybrid));
    const wanted = lockOf(topology, planTopology(topology));
    expect(reconcileLock(dedicatedLock, wanted, []).lock.tenants).toEqual(dedicatedLock.tenants);
  });

  it('loses all when it is purged from the pool', () => {
    const others = { tenants: { globex: { placement: 'pool' } } };
    expect(refusals(pooledLock, others, hybrid)).toHaveLength(1);
    const purged = next(pooledLock, { ...others, purge: ['acme'] }, hybrid).lock;
    expect(purged.tenants).toEqual({ globex: {} });
    const again = next(purged, { tenants: { ...own, globex: { placement: 'pool' } } }, hybrid);
    expect(again.changes).toEqual(['tenant acme is new']);
  });

  it('gets a volume when it leaves the pool for the first time', () => {
    const { changes } = next(lockFor({ tenants: pooled }, hybrid), { tenants: own }, hybrid);
    expect(changes).toEqual(['tenant acme gets a volume of its own', 'cell c01 is new']);
  });

  it('keeps it when all tenants move and back', () => {
    const isolated = lockFor();
    const pool = next(isolated, {}, shared).lock;
    expect(pool.tenants).toEqual(isolated.tenants);
    expect(next(pool, { purge: ['pool/0', 'pool/1'] }).lock).toEqual(isolated);
  });

  it('keeps it when suspended or retired', () => {
    for (const state of ['suspended', 'retired']) {
      expect(next(dedicatedLock, { tenants: { acme: { ...own.acme, state } } }, hybrid)).toEqual({
        lock: dedicatedLock,
        changes: [],
      });
    }
  });
});

describe('any sequence of edits', () => {
  const IDS = ['a', 'a-b', 'b'];
  const entry = fc.record({
    placement: fc.constantFrom('dedicated', 'pool'),
    state: fc.constantFrom('active', 'suspended', 'retired'),
    cell: fc.constantFrom('c01', 'c02'),
    sizeGiB: fc.integer({ min: 4, max: 6 }),
  });
  const file = fc.record({
    tenants: fc.dictionary(fc.constantFrom(...IDS), entry, { minKeys: 1, maxKeys: 3 }),
    pool: fc.record({ replicas: fc.integer({ min: 1, max: 3 }) }),
    storage: fc.record({ class: fc.constantFrom('x', 'y'), sizeGiB: fc.integer({ min: 4, max: 6 }) }),
    purge: fc.subarray([...IDS, 'pool/0', 'pool/1', 'pool/2']),
  });
  /** Volumes that a cloud would have, by name: the model that the lock is held against. */
  type Volumes = Map<string, { cell?: string; size: number; class: string | null }>;

  const volumesOf = (lock: Lock): Volumes =>
    new Map([
      ...Object.entries(lock.tenants).flatMap(([id, { cell, volume: v }]) =>
        v ? [[`tenant/${id}`, { cell: cell!, size: v.sizeGiB, class: v.class }] as const] : [],
      ),
      ...Object.entries(lock.pool).map(
        ([n, { volume: v }]) => [`pool/${n}`, { size: v.sizeGiB, class: v.class }] as const,
      ),
    ]);

  const unlessRefused = (run: () => LockResult): LockResult | undefined => {
    try {
      return run();
    } catch (error) {
      if (error instanceof InputError) return undefined;
      throw error;
    }
  };

  it('deletes, moves or shrinks a volume only by purge, and what is planned is what is locked', () => {
    fc.assert(
      fc.property(fc.array(file, { minLength: 2, maxLength: 6 }), (files) => {
        let lock: Lock | undefined;
        for (const { purge, ...content } of files) {
          // Contradictions with purge are the business of the rules.
          const allowed = purge.filter(
            (item) => !(item in content.tenants) && !(Number(item.split('/')[1]) < content.pool.replicas),
          );
          const topology = topologyOf(minimal({ ...content, purge: allowed }, hybrid));
          const plan = planTopology(topology, lock);
          const result = unlessRefused(() => reconcileLock(lock, lockOf(topology, plan), topology.purge));
          if (!result) continue;
          const [before, after] = [lock ? volumesOf(lock) : new Map(), volumesOf(result.lock)] as [
            Volumes,
            Volumes,
          ];
          const lost = [...before.keys()].filter((id) => !after.has(id));
          for (const id of lost) expect(allowed).toContain(id.replace(/^tenant\//, ''));
          for (const [id, volume] of [...before].filter(([key]) => after.has(key))) {
            const now = after.get(id)!;
            expect({ ...now, size: Math.min(now.size, volume.size) }).toEqual(volume);
          }
          expect([...after.keys()].sort()).toEqual(plan.runtimes.map(({ id }) => id).sort());
          expect(Object.keys(result.lock.tenants).sort()).toEqual(Object.keys(topology.tenants).sort());
          expect(result.changes.length === 0).toBe(
            lock !== undefined && printLock(lock) === printLock(result.lock),
          );
          expect(
            reconcileLock(result.lock, lockOf(topology, planTopology(topology, result.lock)), topology.purge),
          ).toEqual({ lock: result.lock, changes: [] });
          lock = parseLock(printLock(result.lock));
        }
      }),
      { numRuns: 80 },
    );
  });
});

describe('the file', () => {
  it('is read back, sorted, and the same whatever the order it was made in', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const lock = lockOf(topology, planTopology(topology));
        const text = printLock(lock);
        expect(parseLock(text)).toEqual(lock);
        expect(printLock(parseLock(text))).toBe(text);
        const tenants = Object.fromEntries(Object.entries(lock.tenants).reverse());
        expect(printLock({ ...lock, tenants })).toBe(text);
        expect(text.endsWith('}\n')).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  const good = () => JSON.parse(printLock(lockFor())) as Record<string, unknown>;

  it.each<[string, string, string]>([
    ['no JSON', '<<<<<<< HEAD', 'x.lock.json is not valid JSON: restore the lock from version control'],
    ['an empty file', '', 'x.lock.json is not valid JSON: restore the lock from version control'],
    ['a list', '[]', 'x.lock.json must be a JSON object, got []: restore the lock from version control'],
    ['null', 'null', 'x.lock.json must be a JSON object, got null: restore the lock from version control'],
    [
      'another version',
      JSON.stringify({ ...good(), lockVersion: 2 }),
      'x.lock.json lockVersion must be 1, got 2: use the version of copilot-runtimes that wrote it, or restore the lock from version control',
    ],
    [
      'no version',
      '{}',
      'x.lock.json lockVersion must be 1, got nothing: use the version of copilot-runtimes that wrote it, or restore the lock from version control',
    ],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseLock(text, 'x.lock.json')).toThrow(InputError);
    expect(() => parseLock(text, 'x.lock.json')).toThrow(message);
  });

  it.each([
    { pool: [] },
    { tenants: { A_B: {} } },
    { tenants: { a: { volume: { sizeGiB: '5', class: null, accessMode: 'x' } } } },
    { extra: 1 },
    { pool: { first: {} } },
  ])('with %j is refused, every mistake at once', (wrong) => {
    expect(() => parseLock(JSON.stringify({ ...good(), ...wrong }))).toThrow(
      /is not what this version writes \(.*\): restore the lock/,
    );
  });
});
