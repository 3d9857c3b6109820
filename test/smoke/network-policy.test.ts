import { describe, expect, it } from '@jest/globals';
import type { V1NetworkPolicy } from '@kubernetes/client-node';

import { policiesAllow, type Party } from '../../smoke/network-policy.js';

const party = (namespace: string, labels = {}, address = '10.1.0.1'): Party => ({
  address,
  labels,
  namespace: { name: namespace, labels: { 'kubernetes.io/metadata.name': namespace, team: namespace } },
});
const A = party('a', { app: 'runtime' });
const B = party('b', { app: 'runtime' }, '10.1.0.2');
const OUTSIDE: Party = { address: '20.0.0.1' };

const policy = (spec: object): V1NetworkPolicy => ({ spec: { podSelector: {}, ...spec } }) as V1NetworkPolicy;
const DENY = policy({ policyTypes: ['Ingress', 'Egress'] });

const egress = (policies: V1NetworkPolicy[], peer = B, port = 4321) =>
  policiesAllow(policies, 'Egress', { pod: A, peer, port });
const ingress = (policies: V1NetworkPolicy[], peer = B, port = 4321) =>
  policiesAllow(policies, 'Ingress', { pod: A, peer, port });
const out = (...rules: object[]) => policy({ policyTypes: ['Egress'], egress: rules });
const into = (...rules: object[]) => policy({ policyTypes: ['Ingress'], ingress: rules });

describe('network policies', () => {
  it('allow everything where there are none, or none for the pod', () => {
    expect(egress([])).toBe(true);
    const other = policy({ podSelector: { matchLabels: { app: 'other' } }, policyTypes: ['Egress'] });
    expect(egress([other])).toBe(true);
  });

  it('deny both ways by an empty list, one way by its type', () => {
    expect(egress([DENY])).toBe(false);
    expect(ingress([DENY])).toBe(false);
    expect(ingress([out()])).toBe(true);
    // Without types: ingress always, egress where rules for it are there.
    expect(ingress([policy({})])).toBe(false);
    expect(egress([policy({})])).toBe(true);
    expect(egress([policy({ egress: [] })])).toBe(false);
  });

  it('open what any of them names', () => {
    const named = into({ _from: [{ namespaceSelector: { matchLabels: { team: 'b' } } }] });
    expect(ingress([DENY, named])).toBe(true);
    expect(ingress([DENY, named], party('c'))).toBe(false);
    expect(egress([DENY, out({})])).toBe(true);
  });

  it('need namespace and pod of one peer to match, and take the own namespace where none is named', () => {
    const both = { namespaceSelector: {}, podSelector: { matchLabels: { app: 'client' } } };
    expect(ingress([into({ _from: [both] })])).toBe(false);
    expect(ingress([into({ _from: [both] })], party('b', { app: 'client' }))).toBe(true);
    const beside = { podSelector: {} };
    expect(ingress([into({ _from: [beside] })])).toBe(false);
    expect(ingress([into({ _from: [beside] })], party('a'))).toBe(true);
  });

  it.each([
    [{ port: 4321 }, true],
    [{ port: 443 }, false],
    [{ port: 4000, endPort: 5000 }, true],
    [{ port: 4000, endPort: 4001 }, false],
    [{ protocol: 'UDP', port: 4321 }, false],
    [{}, true],
    // May be any.
    [{ port: 'copilot' }, true],
  ])('port %j of TCP 4321: %s', (port, allowed) => {
    expect(egress([out({ ports: [port] })])).toBe(allowed);
  });

  it('know addresses, and those that a range leaves out', () => {
    const rule = out({ to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] });
    expect(egress([rule], OUTSIDE)).toBe(true);
    expect(egress([rule], B)).toBe(false);
    expect(egress([rule], { address: 'fd00::1' })).toBe(false);
    expect(egress([out({ to: [{ ipBlock: { cidr: 'fd00::/8' } }] })], { address: 'fd00::1' })).toBe(true);
    expect(egress([out({ to: [{ namespaceSelector: {} }] })], OUTSIDE)).toBe(false);
  });

  it.each([
    [{ key: 'app', operator: 'In', values: ['runtime'] }, true],
    [{ key: 'app', operator: 'In', values: ['x'] }, false],
    [{ key: 'app', operator: 'NotIn', values: ['runtime'] }, false],
    [{ key: 'app', operator: 'Exists' }, true],
    [{ key: 'app', operator: 'DoesNotExist' }, false],
    [{ key: 'none', operator: 'NotIn', values: ['x'] }, true],
  ])('expression %j selects a pod with app=runtime: %s', (expression, selects) => {
    const selecting = policy({ podSelector: { matchExpressions: [expression] }, policyTypes: ['Egress'] });
    expect(egress([selecting])).toBe(!selects);
  });
});
