import { addressOf } from '../redis-address.js';

import type { Rule } from './rule.js';

const oneWriter: Rule = ({ storage }) =>
  storage.accessMode === 'ReadWriteMany'
    ? [
        {
          path: ['storage', 'accessMode'],
          message:
            'must not be ReadWriteMany, since each home has one writer: use ReadWriteOncePod, or ReadWriteOnce where the driver lacks it',
        },
      ]
    : [];

const lockPresent: Rule = ({ pool }) =>
  pool?.storage === 'shared' && !pool.lock
    ? [
        {
          path: ['pool', 'storage'],
          message:
            'shared needs pool.lock, since the locks of the runtime do not hold across pods: add pool.lock.redis, or use per-replica',
        },
      ]
    : [];

/** Keys that are about the one volume of all replicas. */
const sharedOnly: Rule = ({ pool }) =>
  pool?.storage === 'per-replica'
    ? (['class', 'sizeGiB'] as const).flatMap((key) =>
        pool[key] === undefined
          ? []
          : [
              {
                path: ['pool', key],
                message: `is about the volume of pool.storage shared, got per-replica: set storage.${key}, or remove it`,
              },
            ],
      )
    : [];

const reachableLock: Rule = ({ platform, pool }) => {
  const redis = pool?.lock?.redis;
  if (platform !== 'kubernetes' || pool?.storage !== 'shared' || !redis || redis.egress) return [];
  const { host, cidr } = addressOf(redis.url);
  return cidr === undefined
    ? [
        {
          path: ['pool', 'lock', 'redis', 'egress'],
          message: `is required, since network policies know no names, got "${host}" in url: name the pods ({ namespace, podSelector, port }) or the addresses ({ cidr, port }) of Redis`,
        },
      ]
    : [];
};

export const storageRules: readonly Rule[] = [oneWriter, lockPresent, sharedOnly, reachableLock];
