import { describe, expect, it } from '@jest/globals';

import { concernedWith } from '../../smoke/selection.js';
import { manifestOf, parseTopology, planTopology } from '../../topology/index.js';
import { topologyText } from '../support/topology.js';

const manifest = manifestOf(
  planTopology(
    parseTopology(
      topologyText({
        pattern: 'hybrid',
        pool: { replicas: 1 },
        tenants: {
          acme: { placement: 'dedicated' },
          globex: { placement: 'dedicated' },
          docs: { placement: 'pool' },
          support: { placement: 'pool' },
          gone: { placement: 'dedicated', state: 'retired' },
        },
      }),
    ),
  ),
);
const [acme, globex, docs, support] = [
  'tenant/acme',
  'tenant/globex',
  'gateway/docs',
  'gateway/support',
] as const;

describe('the subjects that concern some tenants', () => {
  it.each([
    [['acme'], { from: acme }, true],
    [['acme'], { from: acme, to: globex }, true],
    [['acme'], { from: globex, to: acme }, true],
    [['acme'], { from: globex, to: docs }, false],
    [['acme'], { from: globex }, false],
    [['acme', 'globex'], { from: globex }, true],
    [['docs'], { from: docs, to: support }, true],
    [['docs'], { from: 'pool/0' }, true],
    [['docs'], { from: support, to: acme }, false],
    [['gone'], { from: acme }, false],
    [undefined, { from: globex, to: docs }, true],
  ])('of %j: %j: %j', (tenants, subject, concerned) => {
    expect(concernedWith(manifest, tenants)(subject)).toBe(concerned);
  });

  it('of a tenant that nobody knows are a mistake that names the known', () => {
    expect(() => concernedWith(manifest, ['acme', 'acne'])).toThrow(
      'no tenant is called acne: known are acme, docs, globex, gone, support',
    );
  });
});
