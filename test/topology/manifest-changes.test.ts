import { describe, expect, it } from '@jest/globals';

import { manifestChanges, manifestOf, planTopology } from '../../topology/index.js';

import { minimal, topologyOf } from './arbitraries.js';

const OLD = `registry.example.com/old@sha256:${'0'.repeat(64)}`;
const NEW = `registry.example.com/new@sha256:${'1'.repeat(64)}`;

/** The manifest of a hybrid topology with these settings of its runtimes. */
function manifest(runtime: Record<string, unknown>, tenants: Record<string, unknown> = {}) {
  const changes = {
    runtime: { integrationId: 'test', ...runtime },
    tenants: { acme: { placement: 'dedicated' }, docs: { placement: 'pool' }, ...tenants },
  };
  const topology = topologyOf(minimal(changes, { pattern: 'hybrid', platform: 'kubernetes' }));
  return manifestOf(planTopology(topology));
}

describe('what a deploy does to the programs that run', () => {
  it('is nothing when images and binaries are the same, whatever else changes', () => {
    expect(manifestChanges(manifest({ image: OLD }), manifest({ image: OLD, sessionTtlHours: 1 }))).toEqual(
      [],
    );
  });

  it('names everything that a new image or binary replaces, the gateway too', () => {
    const all = ['pool/0', 'tenant/acme'];
    expect(
      manifestChanges(manifest({ image: OLD }), manifest({ image: NEW, binary: 'cli' })).map((change) => ({
        ...change,
        of: change.of.filter((id) => !/^pool\/[1-9]/.test(id)),
      })),
    ).toEqual([
      { what: 'image', from: OLD, to: NEW, of: [...all, 'gateway'] },
      { what: 'binary', from: 'native', to: 'cli', of: all },
    ]);
  });

  it('names runtimes that come or go', () => {
    const without = manifest({ image: OLD }, { globex: { placement: 'dedicated', state: 'suspended' } });
    const withIt = manifest({ image: OLD }, { globex: { placement: 'dedicated' } });
    expect(manifestChanges(without, withIt)).toEqual([
      { what: 'runtime', to: 'runs', of: ['tenant/globex'] },
    ]);
    expect(manifestChanges(withIt, without)).toEqual([
      { what: 'runtime', from: 'runs', of: ['tenant/globex'] },
    ]);
  });
});
