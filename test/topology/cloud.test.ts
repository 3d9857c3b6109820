import { describe, expect, it } from '@jest/globals';

import { lockOf, manifestOf, parseTopology, planTopology } from '../../topology/index.js';
import { manifestSlice } from '../../topology/manifest.js';

import { topologyText } from '../support/topology.js';

const source = { env: 'TOKEN' };
const text = (cloud: object | undefined, acmeState = 'active') =>
  topologyText({
    pattern: 'hybrid',
    pool: { replicas: 1 },
    tenants: {
      acme: { placement: 'dedicated', auth: { githubToken: source }, state: acmeState },
      docs: { placement: 'pool', auth: { githubToken: source } },
      other: { placement: 'pool' },
    },
    ...(cloud && { cloud }),
  });
const repository = { owner: 'acme', name: 'app' };
const both = { repository, tenants: ['docs', 'acme'], onPolicyBlocked: 'fall-back' };
const planOfText = (...parameters: Parameters<typeof text>) =>
  planTopology(parseTopology(text(...parameters)));

describe('cloud sessions in a plan', () => {
  it('go through a runtime with the identity of the tenant, a dedicated one even for a pooled tenant', () => {
    const plan = planOfText(both);
    expect(plan.cloud).toEqual({
      acme: { runtime: 'tenant/acme', repository, onPolicyBlocked: 'fall-back' },
      docs: { runtime: 'tenant/docs', repository, onPolicyBlocked: 'fall-back' },
    });
    expect(plan.runtimes.map(({ id }) => id)).toEqual(['pool/0', 'tenant/acme', 'tenant/docs']);
    expect(plan.runtimes.find(({ id }) => id === 'tenant/docs')).toMatchObject({
      state: 'active',
      githubToken: source,
    });
    expect(plan.routes.docs).toMatchObject({ to: 'pool' });
    expect(plan.warnings.map(({ code }) => code)).toContain('cloud-runtime');
    expect(plan.warnings.find(({ code }) => code === 'unused-settings')).toBeUndefined();
  });

  it('are in no plan without them', () => {
    const plan = planOfText(undefined);
    expect(plan.cloud).toEqual({});
    expect(plan.runtimes.map(({ id }) => id)).toEqual(['pool/0', 'tenant/acme']);
    expect(plan.warnings.map(({ code }) => code)).not.toContain('cloud-runtime');
    expect(plan.warnings.map(({ code }) => code)).toContain('unused-settings');
    expect(manifestOf(plan)).not.toHaveProperty('cloud');
  });

  it('are for active tenants', () => {
    expect(Object.keys(planOfText(both, 'suspended').cloud)).toEqual(['docs']);
  });

  it('stand in the manifest, of which a tenant gets its own part', () => {
    const plan = planOfText(both);
    expect(manifestOf(plan).cloud).toEqual(plan.cloud);
    expect(manifestSlice(plan, 'docs').cloud).toEqual({ docs: plan.cloud.docs });
    expect(manifestSlice(plan, 'other')).not.toHaveProperty('cloud');
  });

  it('leave the volume of their runtime behind when they end', () => {
    const before = parseTopology(text(both));
    const lock = lockOf(before, planTopology(before));
    const after = planTopology(parseTopology(text({ ...both, tenants: ['acme'] })), lock);
    expect(after.runtimes.find(({ id }) => id === 'tenant/docs')?.state).toBe('retired');
  });
});
