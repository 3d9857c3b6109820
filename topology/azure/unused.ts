import type { Topology } from '../schema/index.js';
import type { Warning } from '../warning.js';

/** Settings of Kubernetes that somebody moved along, and that a container group has no place for. */
export function unusedOnAzure({ platform, storage, pool, tenants, smoke }: Topology): Warning[] {
  if (platform !== 'azure') return [];
  const ofTenants = (key: 'clients' | 'quota') =>
    Object.entries(tenants)
      .filter(([, tenant]) => (key === 'clients' ? tenant.clients.length > 0 : tenant.quota !== undefined))
      .map(([id]) => `tenants.${id}.${key}`)
      .sort();
  const unused = (paths: readonly string[], why: string): Warning[] =>
    paths.length === 0
      ? []
      : [{ code: 'unused-settings', message: `${paths.join(', ')}: no effect with platform azure, ${why}` }];
  return [
    ...unused(
      [
        ...(storage.class === undefined ? [] : ['storage.class']),
        ...(pool?.class === undefined ? [] : ['pool.class']),
        ...(storage.accessMode === 'ReadWriteOncePod' ? [] : ['storage.accessMode']),
      ],
      'where sessions lie on file shares: remove them, and see azure.storageRedundancy',
    ),
    ...unused(
      ofTenants('clients'),
      'which knows no service accounts: name who may read the token under principals',
    ),
    ...unused(ofTenants('quota'), 'where a group has just what resources says: remove them'),
    ...unused(
      pool?.lock?.redis.egress?.namespace === undefined ? [] : ['pool.lock.redis.egress'],
      'where nothing has a namespace: remove it, or name the addresses ({ cidr, port })',
    ),
    ...unused(
      smoke.accept.networkPolicyNotEnforced ? ['smoke.accept.networkPolicyNotEnforced'] : [],
      'where security groups keep runtimes apart: remove it',
    ),
  ];
}
