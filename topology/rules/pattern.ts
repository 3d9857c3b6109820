import { SHARED_STATE } from '../names.js';
import { tenantsOf } from '../placement.js';

import type { Rule } from './rule.js';

const someTenant: Rule = ({ pattern, tenants }) => {
  if (Object.keys(tenants).length > 0) return [];
  const example = pattern === 'hybrid' ? 'acme: { placement: dedicated }' : 'acme: {}';
  return [
    { path: ['tenants'], message: `must name at least one tenant, got none: add one, e.g. "${example}"` },
  ];
};

const placements: Rule = ({ pattern, tenants }) =>
  Object.entries(tenants).flatMap(([id, { placement }]) => {
    const path = ['tenants', id, 'placement'];
    if (pattern === 'hybrid' && placement === undefined) {
      return [{ path, message: 'is required with pattern hybrid: dedicated or pool' }];
    }
    const only = pattern === 'isolated' ? 'dedicated' : pattern === 'shared' ? 'pool' : placement;
    if (placement === undefined || placement === only) return [];
    return [
      {
        path,
        message: `must be ${only} with pattern ${pattern}, got ${placement}: change it, or set pattern: hybrid`,
      },
    ];
  });

const poolPresent: Rule = (topology) => {
  const pooled = tenantsOf(topology, 'pool').length > 0;
  if (topology.pattern === 'isolated' && topology.pool) {
    return [
      {
        path: ['pool'],
        message: 'has no use with pattern isolated: remove it, or set pattern: shared or hybrid',
      },
    ];
  }
  // With isolated the placement is the mistake, and a pool would be the next one.
  if (pooled && !topology.pool && topology.pattern !== 'isolated') {
    return [
      {
        path: ['pool'],
        message: 'is required, since tenants are placed in the pool: add "pool: { replicas: 2 }"',
      },
    ];
  }
  return [];
};

const purgedTenants: Rule = ({ purge, tenants }) =>
  purge.flatMap((item, index) =>
    tenants[item]
      ? [
          {
            path: ['purge', index],
            message: `"${item}" still stands under tenants: remove it there to delete its state, or here to keep it`,
          },
        ]
      : [],
  );

const purgedReplicas: Rule = ({ purge, pool }) =>
  purge.flatMap((item, index) => {
    const path = ['purge', index];
    if (item === SHARED_STATE && pool?.storage === 'shared') {
      const message = `"${item}" is still the volume of the pool: set pool.storage: per-replica or remove the pool to delete its state, or remove it here to keep it`;
      return [{ path, message }];
    }
    const replica = /^pool\/\d+$/.test(item) ? Number(item.slice('pool/'.length)) : undefined;
    // Replicas that share a volume keep nothing of their own.
    if (replica === undefined || pool?.storage !== 'per-replica' || replica >= pool.replicas) return [];
    const fix = replica === 0 ? 'remove the pool' : `lower pool.replicas to ${replica}`;
    return [
      {
        path,
        message: `"${item}" is still one of the ${pool.replicas} replicas of the pool: ${fix} to delete its state, or remove it here to keep it`,
      },
    ];
  });

export const patternRules: readonly Rule[] = [
  someTenant,
  placements,
  poolPresent,
  purgedTenants,
  purgedReplicas,
];
