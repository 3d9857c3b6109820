import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { MatrixCell, Result } from '../../smoke/model.js';
import { resultsBehind } from '../../smoke/report/evidence.js';
import { buildMatrix } from '../../smoke/report/index.js';
import { worstOf } from '../../smoke/report/summarize.js';
import { subjectsOf } from '../../smoke/subjects.js';

import {
  brokenReport,
  healthyResults,
  largeManifest,
  manifestWith,
  reportOf,
  result,
  type Place,
} from './report-fixtures.js';

const verdictsOf = (matrix: readonly MatrixCell[]) =>
  Object.fromEntries(matrix.map(({ from, to, verdict }) => [`${from} ${to}`, verdict]));

describe('matrix of dedicated tenants', () => {
  const manifest = manifestWith({ a: 'dedicated', b: 'dedicated' });
  const forth = result('pair', 'tenant/a', 'tenant/b');
  const back = result('pair', 'tenant/b', 'tenant/a');

  it('has a cell for each ordered pair, with the checks behind it', () => {
    const { matrix } = buildMatrix(manifest, [
      forth,
      back,
      { ...forth, check: 'x' },
      { ...back, check: 'x' },
    ]);
    expect(matrix).toEqual([
      { from: 'a', to: 'b', verdict: 'passed', checks: ['session-of-another', 'x'] },
      { from: 'b', to: 'a', verdict: 'passed', checks: ['session-of-another', 'x'] },
    ]);
  });

  it('says untested, not passed, when nothing was tried in one direction', () => {
    expect(verdictsOf(buildMatrix(manifest, [forth]).matrix)).toEqual({ 'a b': 'passed', 'b a': 'untested' });
    expect(verdictsOf(buildMatrix(manifest, []).matrix)).toEqual({ 'a b': 'untested', 'b a': 'untested' });
  });

  it('says untested when a check that ran elsewhere is missing', () => {
    const { matrix } = buildMatrix(manifest, [forth, back, { ...back, check: 'x' }]);
    expect(verdictsOf(matrix)).toEqual({ 'a b': 'untested', 'b a': 'passed' });
  });

  it.each([
    ['skipped', 'passed', 'skipped'],
    ['skipped', 'accepted', 'accepted'],
    ['failed', 'accepted', 'failed'],
  ] as const)('shows the worse of %s and %s', (one, other, worst) => {
    const { matrix } = buildMatrix(manifest, [
      { ...forth, verdict: one },
      { ...forth, verdict: other },
    ]);
    expect(matrix[0]).toMatchObject({ verdict: worst });
  });

  it('takes no result of a single runtime for one of a pair', () => {
    const alone = result('runtime', 'tenant/a', 'tenant/b');
    expect(buildMatrix(manifest, [alone]).matrix[0]).toMatchObject({ verdict: 'untested', checks: [] });
  });

  it('never passes two tenants that are routed to one runtime', () => {
    const routes = {
      a: { to: 'runtime', runtime: 'tenant/a' },
      b: { to: 'runtime', runtime: 'tenant/a' },
    } as const;
    const { matrix } = buildMatrix({ routes }, [forth, back]);
    expect(verdictsOf(matrix)).toEqual({ 'a b': 'untested', 'b a': 'untested' });
  });
});

describe('matrix with a pool', () => {
  const manifest = manifestWith({ a: 'dedicated', p: 'pool', q: 'pool' });
  const pairs = subjectsOf('pair', manifest, true).map(({ from, to }) => result('pair', from, to));
  const through = (['pool', 'mixed'] as const).flatMap((scope) =>
    subjectsOf(scope, manifest, true).map(({ from, to }) => result(scope, from, to)),
  );

  it('is green with results through the gateway and of every replica', () => {
    const { matrix } = buildMatrix(manifest, [...pairs, ...through]);
    expect(new Set(matrix.map(({ verdict }) => verdict))).toEqual(new Set(['passed']));
  });

  it.each(['pool', 'mixed'] as const)(
    'says untested of what nobody tried through the gateway: %s',
    (left) => {
      const { matrix } = buildMatrix(manifest, [...pairs, ...through.filter(({ scope }) => scope !== left)]);
      const [apart, across] = left === 'pool' ? ['untested', 'passed'] : ['passed', 'untested'];
      expect(verdictsOf(matrix)).toMatchObject({
        'p q': apart,
        'q p': apart,
        'a p': across,
        'p a': across,
      });
    },
  );

  it('counts a failure at the gateway for the two tenants that it is about', () => {
    const broken = through.map((each): Result =>
      each.from === 'gateway/p' && each.to === 'gateway/q' ? { ...each, verdict: 'failed' } : each,
    );
    const seen = verdictsOf(buildMatrix(manifest, [...pairs, ...broken]).matrix);
    expect(Object.entries(seen).filter(([, verdict]) => verdict !== 'passed')).toEqual([['p q', 'failed']]);
  });

  it('says untested of a tenant and a pool of which one replica was left out', () => {
    const some = pairs.filter(({ from, to }) => !(from === 'tenant/a' && to === 'pool/1'));
    expect(verdictsOf(buildMatrix(manifest, [...some, ...through]).matrix)).toMatchObject({
      'a p': 'untested',
      'p a': 'passed',
    });
  });

  it('counts a failure between two replicas for their tenants in both directions', () => {
    const broken = pairs.map((each): Result =>
      each.from === 'pool/0' && each.to === 'pool/1' ? { ...each, verdict: 'failed' } : each,
    );
    expect(verdictsOf(buildMatrix(manifest, broken).matrix)).toMatchObject({
      'p q': 'failed',
      'q p': 'failed',
    });
  });

  it('leaves nothing open where a check has no meaning between replicas, and all where it has none at the gateway', () => {
    const between = ({ scope, from, to }: Result) =>
      scope === 'pair' && from.startsWith('pool/') && to?.startsWith('pool/');
    const skipped = (each: Result): Result => ({ ...each, verdict: 'skipped', reason: 'shared storage' });
    const storage = pairs.map((each) => (between(each) ? skipped(each) : each));
    expect(verdictsOf(buildMatrix(manifest, [...storage, ...through]).matrix)).toMatchObject({
      'p q': 'passed',
      'a p': 'passed',
    });
    expect(verdictsOf(buildMatrix(manifest, [...pairs, ...through.map(skipped)]).matrix)).toMatchObject({
      'p q': 'skipped',
    });
  });

  it('does not let what is accepted between replicas speak for tenants that were not tried', () => {
    const known = pairs.map((each): Result => ({ ...each, verdict: 'accepted' }));
    const across = through.filter(({ scope }) => scope === 'mixed');
    expect(verdictsOf(buildMatrix(manifest, [...known, ...across]).matrix)).toMatchObject({
      'p q': 'untested',
      'a p': 'accepted',
    });
  });

  it('needs no pairs of replicas where there is one replica', () => {
    const single = manifestWith({ p: 'pool', q: 'pool' }, 1);
    const apart = through.filter(({ scope }) => scope === 'pool');
    expect(verdictsOf(buildMatrix(single, apart).matrix)).toEqual({ 'p q': 'passed', 'q p': 'passed' });
  });
});

describe('tenants of the matrix', () => {
  it('puts dedicated ones first, then the pool, and lists what does not run without cells', () => {
    const manifest = manifestWith({
      old: 'retired',
      p: 'pool',
      b10: 'dedicated',
      off: 'suspended',
      b9: 'dedicated',
    });
    const { tenants, matrix } = buildMatrix(manifest, []);
    expect(tenants).toEqual([
      { id: 'b9', route: 'dedicated' },
      { id: 'b10', route: 'dedicated' },
      { id: 'p', route: 'pool' },
      { id: 'off', route: 'suspended' },
      { id: 'old', route: 'retired' },
    ]);
    expect(matrix).toHaveLength(6);
  });

  it('gives no verdict to a suspended tenant, even if there are results of it', () => {
    const manifest = manifestWith({ a: 'dedicated', off: 'suspended' });
    expect(buildMatrix(manifest, [result('pair', 'tenant/a', 'tenant/off')]).matrix).toEqual([]);
  });

  it('judges 60 tenants', () => {
    const manifest = largeManifest();
    const { matrix } = buildMatrix(manifest, healthyResults(manifest));
    expect(matrix).toHaveLength(60 * 59);
    expect(matrix.filter(({ verdict }) => verdict === 'accepted')).toHaveLength(30 * 29);
    expect(matrix.filter(({ verdict }) => verdict === 'passed')).toHaveLength(60 * 59 - 30 * 29);
  });
});

describe('results behind a cell', () => {
  it('are found again from the report alone', () => {
    const report = brokenReport();
    const behind = resultsBehind(report);
    for (const cell of report.matrix) expect(worstOf(behind(cell))).toBe(cell.verdict);
  });

  it('hold nothing of other tenants', () => {
    const report = brokenReport();
    const results = resultsBehind(report)({ from: 'acme', to: 'globex', verdict: 'failed', checks: [] });
    expect(new Set(results.map(({ from, to }) => `${from} ${to}`))).toEqual(
      new Set(['tenant/acme tenant/globex']),
    );
  });
});

describe('whatever the results', () => {
  const ids = ['a', 'b', 'c', 'd'] as const;
  const places = fc.record(
    Object.fromEntries(ids.map((id) => [id, fc.constantFrom<Place>('dedicated', 'pool', 'suspended')])),
  );
  const sides = [...ids.flatMap((id) => [`tenant/${id}`, `gateway/${id}`]), 'pool/0', 'pool/1'];
  const anyResult = fc
    .record({
      scope: fc.constantFrom('pair' as const, 'pool' as const, 'mixed' as const),
      from: fc.constantFrom(...sides),
      to: fc.constantFrom(...sides),
      check: fc.constantFrom('x', 'y'),
      verdict: fc.constantFrom('passed' as const, 'failed' as const, 'skipped' as const, 'accepted' as const),
    })
    .map(({ scope, from, to, ...rest }) => result(scope, from, to, rest));

  /** Said anew and in the plainest way: does this result tell of what `from` did to `to`? */
  const concerns = (each: Result, cell: MatrixCell, where: Readonly<Record<string, Place>>) => {
    const pooled = (tenant: string) => where[tenant] === 'pool';
    const runs = (side: string, tenant: string) =>
      pooled(tenant) ? side.startsWith('pool/') : side === `tenant/${tenant}`;
    const comes = (side: string, tenant: string) =>
      side === `${pooled(tenant) ? 'gateway' : 'tenant'}/${tenant}`;
    const through = [cell.from, cell.to].filter(pooled).length;
    return each.scope === 'pair'
      ? each.from !== each.to && runs(each.from, cell.from) && runs(each.to!, cell.to)
      : { pool: 2, mixed: 1 }[each.scope as 'pool' | 'mixed'] === through &&
          comes(each.from, cell.from) &&
          comes(each.to!, cell.to);
  };

  it('a cell is failed if, and only if, a failed result exists between its tenants', () => {
    fc.assert(
      fc.property(places, fc.array(anyResult, { maxLength: 60 }), (where, extra) => {
        const manifest = manifestWith(where);
        const full = healthyResults(manifest);
        for (const results of [extra, [...full, ...extra], [...extra, ...full]]) {
          for (const cell of reportOf(manifest, results).matrix) {
            const found = results.filter((each) => concerns(each, cell, where));
            expect(cell.verdict === 'failed').toBe(found.some(({ verdict }) => verdict === 'failed'));
            expect([worstOf(found), 'untested']).toContain(cell.verdict);
          }
        }
      }),
    );
  });
});
