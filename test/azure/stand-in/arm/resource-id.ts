/** A path of Resource Manager, taken apart. */
export interface ResourcePath {
  /** The whole, without a slash at its end. */
  readonly id: string;
  /** What it stands in or on: a resource group, a subscription or another resource. */
  readonly scope: string;
  /** Such as `Microsoft.Network/virtualNetworks/subnets`. */
  readonly type: string;
  /** Name of the resource; absent for a collection. */
  readonly name?: string;
  /** Id of the resource that it is part of, such as a subnet's network. */
  readonly parent?: string;
}

const SUBSCRIPTION = /^\/subscriptions\/[^/]+$/i;
const RESOURCE_GROUP = /^\/subscriptions\/[^/]+\/resourceGroups\/([^/]+)$/i;

export const RESOURCE_GROUPS = 'Microsoft.Resources/resourceGroups';

/** @returns undefined for what is no path of a resource or collection */
export function parsePath(path: string): ResourcePath | undefined {
  const id = path.replace(/\/+$/, '');
  const group = RESOURCE_GROUP.exec(id);
  if (group)
    return { id, scope: id.split('/').slice(0, 3).join('/'), type: RESOURCE_GROUPS, name: group[1]! };
  const at = id.toLowerCase().lastIndexOf('/providers/');
  if (at < 0) return undefined;
  const scope = id.slice(0, at);
  const [namespace, ...rest] = id.slice(at).split('/').slice(2);
  if (!namespace || rest.length === 0) return undefined;
  const type = [namespace, ...rest.filter((_, index) => index % 2 === 0)].join('/');
  if (rest.length % 2 !== 0) return { id, scope, type };
  const parent = rest.length > 2 ? { parent: id.split('/').slice(0, -2).join('/') } : {};
  return { id, scope, type, name: rest.at(-1)!, ...parent };
}

/** Id of the resource group that a resource stands in; undefined for one that stands in none. */
export function resourceGroupOf(id: string): string | undefined {
  const [group] = /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+/i.exec(id) ?? [];
  return group;
}

export const isSubscription = (id: string) => SUBSCRIPTION.test(id);

/** Whether two ids, types or names are the same to Azure, which does not look at capitals. */
export const same = (a: string | undefined, b: string | undefined) => a?.toLowerCase() === b?.toLowerCase();
