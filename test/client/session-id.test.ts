import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  encodeSessionId,
  isOwnedBy,
  parseSessionId,
  SESSION_ID_MAX,
  SessionIdError,
  type SessionOwner,
} from '../../client/index.js';

const tenant = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const text = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
    fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom('-', '_', 'a', 'A', '2', 'd', '.') }),
  )
  .filter((value) => !/\p{Surrogate}/u.test(value));
const owner = fc.record({ tenant, user: text, workload: text }, { requiredKeys: ['tenant'] });
const parts = fc.tuple(owner, text).map(([of, unique]) => ({ ...of, unique }));

/** The id of these parts, if it is not too long. */
const encoded = (of: Parameters<typeof encodeSessionId>[0]) => {
  try {
    return encodeSessionId(of);
  } catch (error) {
    expect(String(error)).toMatch(/at most 150 characters/);
    return fc.pre(false);
  }
};

describe('a session id', () => {
  it('gives back what was put in, and fits runtimes and gateways', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const id = encoded(given)!;
        expect(id).toMatch(/^[A-Za-z0-9_-]{1,150}$/);
        expect(parseSessionId(id)).toEqual(given);
      }),
    );
  });

  it('belongs to one owner only', () => {
    fc.assert(
      fc.property(parts, owner, (given, other) => {
        const same = (key: keyof SessionOwner) => other[key] === undefined || other[key] === given[key];
        expect(isOwnedBy(encoded(given)!, other)).toBe(
          other.tenant === given.tenant && same('user') && same('workload'),
        );
      }),
    );
  });

  it('has one spelling: whatever can be parsed is what would be encoded', () => {
    const near = fc.string({
      maxLength: 30,
      unit: fc.constantFrom('a', 'B', '7', '-', '_', '2d', '-2d', '-c3-a9'),
    });
    fc.assert(
      fc.property(near, (id) => {
        const found = parseSessionId(id);
        expect(found === undefined ? id : encodeSessionId(found)).toBe(id);
      }),
      { numRuns: 2000 },
    );
  });

  it("is not another owner's, however alike their names are", () => {
    const id = encodeSessionId({ tenant: 'a-b', user: 'c', unique: '1' });
    expect(id).toBe('a-b_c__1');
    for (const other of [
      { tenant: 'a' },
      { tenant: 'a-b', user: 'c-' },
      { tenant: 'a-b', user: '' },
      { tenant: 'a-b', workload: 'c' },
    ]) {
      expect(isOwnedBy(id, other)).toBe(false);
    }
    expect(isOwnedBy(id, { tenant: 'a-b' })).toBe(true);
    // The split that many applications do gives this session to tenant "a".
    expect(id.split('-')[0]).toBe('a');
  });

  it('is unique unless it is said to be another', () => {
    const of = { tenant: 'acme', user: 'alice@acme.example' };
    expect(encodeSessionId(of)).not.toBe(encodeSessionId(of));
    expect(encodeSessionId({ ...of, unique: 'order 7' })).toBe('acme_alice-40acme-2eexample__order-207');
  });

  it.each([
    [{ tenant: 'Acme' }, /tenant must be the id of a tenant .* got "Acme"/],
    [{ tenant: 'a_b' }, /tenant must be/],
    [{ tenant: '' }, /tenant must be/],
    [{ tenant: 'acme', user: '' }, /user must not be empty/],
    [{ tenant: 'acme', unique: '' }, /unique must not be empty/],
    [{ tenant: 'acme', workload: 'x\ud800' }, /workload must be well-formed Unicode/],
    [{ tenant: 'acme', user: '.'.repeat(50) }, /at most 150 characters, got 1\d\d: shorten user/],
  ])('is not made of %j', (of, message) => {
    expect(() => encodeSessionId(of)).toThrow(SessionIdError);
    expect(() => encodeSessionId(of)).toThrow(message);
  });

  it.each(
    [
      [
        '',
        'acme',
        'acme_a',
        'acme_a_b_',
        'acme_a_b_c_d',
        'Acme_a_b_c',
        '_a_b_c',
        'acme_-2D__c',
        'acme_-61__c',
      ],
      ['acme_-ff__c', 'acme_-__c', 'acme_é__c', `acme_${'a'.repeat(SESSION_ID_MAX)}__c`, 'smoke-0123'],
    ].flat(),
  )('is not %j', (id) => {
    expect(parseSessionId(id)).toBeUndefined();
    expect(isOwnedBy(id, { tenant: 'acme' })).toBe(false);
  });
});
