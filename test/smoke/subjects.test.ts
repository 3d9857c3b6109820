import { describe, expect, it } from '@jest/globals';

import type { Scope } from '../../smoke/model.js';
import { ALL_PAIRS_UP_TO, subjectsOf } from '../../smoke/subjects.js';

import { manifestWith, type Place } from './report-fixtures.js';

const HYBRID = manifestWith({ a: 'dedicated', off: 'suspended', p: 'pool', q: 'pool' }, 1);

const said = (scope: Scope, manifest = HYBRID, exhaustive = false) =>
  subjectsOf(scope, manifest, exhaustive).map(({ from, to }) =>
    to === undefined ? from : `${from} > ${to}`,
  );

describe('what a check is run for', () => {
  it.each<[Scope, string[]]>([
    ['runtime', ['tenant/a', 'pool/0']],
    ['pair', ['tenant/a > pool/0', 'pool/0 > tenant/a']],
    ['tenant', ['gateway/p', 'gateway/q']],
    ['pool', ['gateway/p > gateway/q', 'gateway/q > gateway/p']],
    [
      'mixed',
      ['gateway/p > tenant/a', 'tenant/a > gateway/p', 'gateway/q > tenant/a', 'tenant/a > gateway/q'],
    ],
    ['gateway', ['gateway/p > gateway/q']],
    ['cloud', []],
  ])('%s', (scope, subjects) => {
    expect(said(scope)).toEqual(subjects);
  });

  it('is each tenant with cloud sessions, coming as it does for all else', () => {
    const route = { runtime: '', repository: { owner: 'o', name: 'n' }, onPolicyBlocked: 'fail' as const };
    expect(said('cloud', { ...HYBRID, cloud: { a: route, q: route } })).toEqual(['tenant/a', 'gateway/q']);
  });

  it('is nothing at a gateway where nobody is in the pool, and one tenant alone where there is one', () => {
    const dedicated = manifestWith({ a: 'dedicated' });
    expect(
      (['tenant', 'pool', 'mixed', 'gateway'] as const).flatMap((scope) => said(scope, dedicated)),
    ).toEqual([]);
    expect(said('gateway', manifestWith({ p: 'pool' }))).toEqual(['gateway/p']);
  });

  it('is a few neighbours of each in a large deployment, both ways, and all of them when exhaustive', () => {
    const places = (name: string, place: Place) =>
      Array.from({ length: ALL_PAIRS_UP_TO }, (_, n) => [`${name}${n}`, place] as const);
    const large = manifestWith(Object.fromEntries([...places('p', 'pool'), ...places('d', 'dedicated')]));
    const some = said('mixed', large);
    expect(some).toHaveLength(2 * 6 * ALL_PAIRS_UP_TO);
    expect(new Set(some).size).toBe(some.length);
    for (const way of some) expect(some).toContain(way.split(' > ').reverse().join(' > '));
    expect(said('mixed', large, true)).toHaveLength(2 * ALL_PAIRS_UP_TO ** 2);
  });
});
