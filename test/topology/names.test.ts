import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { NAME_LIMITS, physicalName } from '../../topology/index.js';

import { tenantIds } from './arbitraries.js';

type Kind = keyof typeof NAME_LIMITS;

/** What each platform accepts, from its own documents and not from our constants. */
const ACCEPTED: Record<Kind, RegExp> = {
  // RFC 1123 label.
  kubernetes: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
  // Lower case, digits and hyphens; none at either end, no two in a row.
  containerGroup: /^(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
  fileShare: /^(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*$/,
  // Starts with a letter or digit; letters, digits, hyphens and underscores.
  identity: /^[A-Za-z0-9][A-Za-z0-9_-]{2,127}$/,
  keyVaultSecret: /^[A-Za-z0-9-]{1,127}$/,
  virtualNetwork: /^[a-z0-9-]{1,64}$/,
  storageAccount: /^[a-z0-9]{3,24}$/,
};
const KINDS = Object.keys(NAME_LIMITS) as Kind[];

const topologyNames = fc.oneof(
  fc.constantFrom('a', 'a-b', 'a--b', 'ab', 'x'.repeat(24), 'prod'),
  fc.stringMatching(/^[a-z]([a-z0-9-]{0,22}[a-z0-9])?$/),
);
const parts = fc.oneof(
  fc.tuple(topologyNames, fc.constant('tenant'), tenantIds),
  fc.tuple(topologyNames, fc.constant('pool'), fc.nat(99).map(String)),
  fc.tuple(topologyNames, fc.constant('pool')),
  fc.tuple(topologyNames, fc.constant('tenant'), tenantIds, fc.constantFrom('provider-key', 'github-token')),
);

describe.each(KINDS)('names of kind %s', (kind) => {
  it('are accepted by the platform, whatever the ids', () => {
    fc.assert(
      fc.property(parts, (some) => {
        const name = physicalName(kind, some);
        expect(name).toMatch(ACCEPTED[kind]);
        expect(name.length).toBeLessThanOrEqual(NAME_LIMITS[kind].max);
        expect(name).toMatch(/^[a-z]/);
      }),
      { numRuns: 200 },
    );
  });

  it('are distinct for distinct parts', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(parts, { minLength: 2, maxLength: 30, selector: (some) => some.join('\0') }),
        (many) => {
          expect(new Set(many.map((some) => physicalName(kind, some))).size).toBe(many.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    [
      ['a', 'b-c'],
      ['a-b', 'c'],
    ],
    [
      ['a', 'b--c'],
      ['a', 'b-c'],
    ],
    [
      ['a', 'bc'],
      ['ab', 'c'],
    ],
    [
      ['p', 'tenant', 'x'.repeat(40)],
      ['p', 'tenant', `${'x'.repeat(39)}y`],
    ],
    [
      ['p', 'tenant', '7'],
      ['p', 'tenant', '07'],
    ],
    [
      ['p', 'pool'],
      ['p', 'tenant', 'pool'],
    ],
  ])('tell %j from %j', (one, other) => {
    expect(physicalName(kind, one)).not.toBe(physicalName(kind, other));
  });
});

describe('names', () => {
  it('are readable and never change', () => {
    // Changing one of these orphans what it stands for in every deployment there is.
    expect(physicalName('kubernetes', ['prod', 'tenant', 'acme'])).toBe('prod-tenant-acme-ejhcys5eye');
    expect(physicalName('containerGroup', ['prod', 'pool', '0'])).toMatch(/^prod-pool-0-[a-z2-7]{10}$/);
    expect(physicalName('storageAccount', ['prod', 'west-1'])).toMatch(/^prodwest1[a-z2-7]{10}$/);
  });

  it('stay apart for 20,000 tenants', () => {
    const names = Array.from({ length: 20_000 }, (_, n) =>
      physicalName('storageAccount', ['p', 'tenant', `t${n}`]),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
