import { AzureError } from '../exchange.js';

import { resourceGroupOf } from './resource-id.js';
import type { Resource, Store } from './store.js';

/** @throws AzureError when a lock on a resource, or above it, forbids this */
export function refuseLocked(id: string, operation: 'write' | 'delete', store: Store): void {
  const lock = store
    .list('Microsoft.Authorization/locks')
    .find((one) => forbids(one, operation) && isBelow(id, scopeOf(one)));
  if (!lock) return;
  throw new AzureError(
    409,
    'ScopeLocked',
    `The scope '${id}' cannot perform ${operation} operation because following scope(s) are locked: '${scopeOf(lock)}'. Please remove the lock and try again.`,
  );
}

/** Locks do not keep themselves, else nobody could take them away. */
const isBelow = (id: string, scope: string) =>
  `${id}/`.toLowerCase().startsWith(`${scope}/`.toLowerCase()) &&
  !/\/Microsoft\.Authorization\/locks\//i.test(id);

const forbids = ({ body }: Resource, operation: 'write' | 'delete') =>
  body.properties.level === 'ReadOnly' || operation === 'delete';

const scopeOf = ({ id }: Resource) => id.replace(/\/providers\/Microsoft\.Authorization\/locks\/[^/]+$/i, '');

/** @throws AzureError when the resource group of a resource is not there */
export function refuseWithoutGroup(id: string, store: Store): void {
  const group = resourceGroupOf(id);
  if (!group || store.get(group)) return;
  const name = group.split('/').at(-1);
  throw new AzureError(404, 'ResourceGroupNotFound', `Resource group '${name}' could not be found.`);
}
