import { AzureError, type Answer, type AuthenticatedRequest } from '../exchange.js';

import type { Azure } from './kind.js';
import { kindOf } from './kinds/index.js';
import { isSubscription, same, type ResourcePath } from './resource-id.js';
import type { Resource } from './store.js';

const LOGS = /^(.+\/containerGroups\/[^/]+)\/containers\/([^/]+)\/logs$/i;

/** What is no single resource: collections, subscriptions, and the logs of a container. */
export function answerList(request: AuthenticatedRequest, azure: Azure, path?: ResourcePath): Answer {
  if (request.method !== 'GET')
    throw new AzureError(405, 'MethodNotAllowed', `${request.method} is not allowed here.`);
  const logs = LOGS.exec(request.path);
  if (logs) return logsOf(request, azure, logs[1]!, logs[2]!);
  if (path) return list(ofType(azure, path).filter(matching(request.query)), azure);

  const here = request.path.replace(/\/+$/, '');
  const [, scope = '', what] = /^(.*?)(?:\/(resources|resourceGroups|providers))?$/i.exec(here) ?? [];
  if (same(what, 'providers')) return { status: 200, body: { value: [] } };
  if (same(what, 'resources'))
    return list(azure.store.below(scope).filter(isTopLevel).filter(matching(request.query)), azure);
  if (same(what, 'resourceGroups'))
    return list(azure.store.list('Microsoft.Resources/resourceGroups'), azure);
  if (isSubscription(here)) return { status: 200, body: subscription(here, azure) };
  throw new AzureError(404, 'InvalidResourceType', `${request.path} is not in the stand-in`);
}

function ofType({ store }: Azure, { scope, id, type }: ResourcePath): Resource[] {
  const parent = id.split('/').slice(0, -1).join('/');
  const above = type.split('/').length > 2 ? parent : scope;
  return store.below(above).filter((one) => same(one.type, type));
}

/** `resourceType eq '…' and name eq '…'`, or `principalId eq '…'`; other filters let everything through. */
function matching(query: URLSearchParams): (resource: Resource) => boolean {
  const filter = query.get('$filter') ?? '';
  const wanted = (name: string) => new RegExp(`${name} eq '([^']*)'`, 'i').exec(filter)?.[1];
  const [type, name, principal] = ['resourceType', '(?<!role)name', 'principalId'].map(wanted);
  return (one) =>
    (type === undefined || same(one.type, type)) &&
    (name === undefined || same(one.name, name)) &&
    (principal === undefined || one.body.properties.principalId === principal);
}

const isTopLevel = ({ type }: Resource) => type.split('/').length === 2;

function list(resources: readonly Resource[], azure: Azure): Answer {
  return { status: 200, body: { value: resources.map((one) => shown(one, azure)) } };
}

/** What a resource looks like to whoever asks. */
export function shown(resource: Resource, azure: Azure): object {
  const { id, name, type } = resource;
  return { id, name, type, ...(kindOf(type)?.show?.(resource, azure) ?? resource.body) };
}

function subscription(id: string, { directory }: Azure) {
  const subscriptionId = id.split('/').at(-1);
  return { id, subscriptionId, displayName: 'stand-in', state: 'Enabled', tenantId: directory.tenantId };
}

function logsOf(request: AuthenticatedRequest, azure: Azure, id: string, container: string): Answer {
  const group = azure.store.get(id);
  if (!group) throw new AzureError(404, 'ResourceNotFound', `The Resource '${id}' was not found.`);
  const tail = Number(request.query.get('tail') ?? 0);
  const content = azure.groups.logs(group, container);
  const lines = content.split('\n');
  return { status: 200, body: { content: tail > 0 ? lines.slice(-tail - 1).join('\n') : content } };
}
