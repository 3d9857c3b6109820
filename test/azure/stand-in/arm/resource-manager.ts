import { AzureError, jsonBody, type Answer, type AuthenticatedRequest } from '../exchange.js';

import { answerExec } from './exec.js';
import type { Azure, Change, Kind } from './kind.js';
import { CONTAINER_GROUPS } from './kinds/container-group.js';
import { kindOf } from './kinds/index.js';
import { roleDefinitions } from './kinds/role-assignment.js';
import { checkRegion, regionName } from './limits.js';
import { answerList, shown } from './lists.js';
import { refuseLocked, refuseWithoutGroup } from './locks.js';
import { Operations } from './operations.js';
import { answerQuestion } from './questions.js';
import { parsePath, same, type ResourcePath } from './resource-id.js';
import type { Body, Resource } from './store.js';

/** Audiences of the tokens that it takes. */
export const ARM_AUDIENCES = ['https://management.azure.com', 'https://management.core.windows.net'] as const;

const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

/** What is kept of a body. */
const KEPT = ['location', 'tags', 'identity', 'sku', 'kind', 'zones', 'etag', 'properties'] as const;

/** Azure Resource Manager: one way for all types of resources, with what is particular to each in its {@link Kind}. */
export class ResourceManager {
  readonly #operations = new Operations();

  constructor(readonly azure: Azure) {}

  async answer(request: AuthenticatedRequest): Promise<Answer> {
    if (!request.query.get('api-version'))
      throw new AzureError(
        400,
        'MissingApiVersionParameter',
        'The api-version query parameter (?api-version=) is required for all requests.',
      );
    const question = answerQuestion(request, this.azure);
    if (question) return question;
    const path = parsePath(request.path);
    if (path && same(path.type, 'Microsoft.StandIn/operations')) return this.#operations.answer(path.name!);
    if (!path) return answerList(request, this.azure);
    this.#authorise(request, path);
    if (same(path.type, 'Microsoft.Authorization/roleDefinitions'))
      return roleDefinitions(path, request.query);
    if (request.method === 'POST') return this.#act(request, path);
    if (path.name === undefined) return answerList(request, this.azure, path);
    return this.#resource(request, { ...path, name: path.name });
  }

  #authorise({ method, principal }: AuthenticatedRequest, { id, type, name }: ResourcePath): void {
    const action = `${type}/${name === undefined && method === 'POST' ? 'action' : (VERBS[method] ?? 'action')}`;
    const scope = name === undefined ? id.split('/').slice(0, -1).join('/') : id;
    if (this.azure.roles.allows(principal, action, scope)) return;
    throw new AzureError(
      403,
      'AuthorizationFailed',
      `The client '${principal.clientId}' with object id '${principal.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`,
    );
  }

  async #resource(request: AuthenticatedRequest, path: Change['path']): Promise<Answer> {
    const kind = kindOf(path.type);
    if (!kind) throw notFound(path);
    const found = this.#find(path, kind);
    switch (request.method) {
      case 'HEAD':
      case 'GET':
        if (!found) throw notFound(path);
        return { status: 200, body: shown(found, this.azure) };
      case 'PUT':
        return this.#put(request, path, kind, found);
      case 'PATCH':
        if (!found) throw notFound(path);
        return this.#patch(request, path, kind, found);
      case 'DELETE':
        return found ? this.#delete(found) : { status: 204 };
      default:
        throw new AzureError(405, 'MethodNotAllowed', `${request.method} is not allowed here.`);
    }
  }

  async #put(
    request: AuthenticatedRequest,
    path: Change['path'],
    kind: Kind,
    before: Resource | undefined,
  ): Promise<Answer> {
    const { azure } = this;
    this.#refuse(path, before);
    const asked = { properties: {}, ...keep(jsonBody(request)) } as Body;
    if (asked.location) checkRegion(asked.location, kind.type);
    if (
      before?.body.location &&
      asked.location &&
      regionName(before.body.location) !== regionName(asked.location)
    )
      throw new AzureError(
        409,
        'InvalidResourceLocation',
        `The resource '${path.name}' already exists in location '${before.body.location}'. A resource with the same name cannot be created in location '${asked.location}'. Please select a new resource name.`,
      );
    const change: Change = {
      azure,
      path,
      principal: request.principal,
      request,
      ...(before ? { before } : {}),
    };
    const body = kind.put?.(asked, change) ?? asked;
    return this.#keep(path, kind, body, before ? 200 : (kind.createdStatus ?? 201));
  }

  async #patch(
    request: AuthenticatedRequest,
    path: Change['path'],
    kind: Kind,
    before: Resource,
  ): Promise<Answer> {
    this.#refuse(path, before);
    const asked = keep(jsonBody(request)) as Partial<Body>;
    const change = { azure: this.azure, path, principal: request.principal, request, before };
    const body = kind.patch?.(asked, change) ?? {
      ...before.body,
      ...asked,
      properties: { ...before.body.properties, ...asked.properties },
    };
    const kept = this.azure.store.put({ ...before, body });
    return {
      status: 200,
      headers: this.#operations.add(subscriptionOf(path), undefined),
      body: shown(kept, this.azure),
    };
  }

  async #keep(path: Change['path'], kind: Kind, body: Body, status: number): Promise<Answer> {
    const { azure } = this;
    const resource = azure.store.put({
      id: path.id,
      name: path.name,
      type: kind.type,
      body: { ...body, properties: { ...body.properties, provisioningState: 'Succeeded' } },
    });
    const failure = await kind.after?.(resource, azure);
    const kept = failure ? azure.store.put(failed(resource)) : resource;
    return {
      status,
      headers: this.#operations.add(subscriptionOf(path), failure),
      body: shown(kept, this.azure),
    };
  }

  async #delete(resource: Resource): Promise<Answer> {
    const { azure } = this;
    refuseLocked(resource.id, 'delete', azure.store);
    await kindOf(resource.type)?.remove?.(resource, azure);
    azure.store.delete(resource.id);
    // What stands in it or on it goes too: a group's resources, an account's shares, roles in its scope.
    for (const part of azure.store.below(resource.id)) {
      await kindOf(part.type)?.remove?.(part, azure);
      azure.store.delete(part.id);
    }
    return { status: 200, headers: this.#operations.add(subscriptionOf(resource), undefined), body: {} };
  }

  async #act(request: AuthenticatedRequest, path: ResourcePath): Promise<Answer> {
    const owner = this.azure.store.get(path.id.split('/').slice(0, -1).join('/'));
    const name = path.id.split('/').at(-1)!;
    if (same(name, 'checkNameAvailability')) return this.#isFree(request);
    if (same(path.type, `${CONTAINER_GROUPS}/containers/exec`)) return answerExec(request, this.azure);
    const actions = (owner && kindOf(owner.type)?.actions) ?? {};
    const action = Object.keys(actions).find((one) => same(one, name));
    if (!owner || !action) throw notFound({ ...path, name });
    return actions[action]!(owner, this.azure, request);
  }

  #isFree(request: AuthenticatedRequest): Answer {
    const { name = '' } = jsonBody(request) as { name?: string };
    const { limits, store } = this.azure;
    const taken = limits.takenAccounts.has(name) || store.list().some((one) => one.name === name);
    const why = { reason: 'AlreadyExists', message: `The name ${name} is already taken.` };
    return { status: 200, body: { nameAvailable: !taken, ...(taken ? why : {}) } };
  }

  #find(path: Change['path'], kind: Kind): Resource | undefined {
    const kept = this.azure.store.get(path.id);
    const byDefault = kept ? undefined : kind.byDefault?.(path, this.azure);
    return kept ?? (byDefault && { id: path.id, name: path.name, type: kind.type, body: byDefault });
  }

  #refuse(path: Change['path'], before: Resource | undefined): void {
    refuseWithoutGroup(path.id, this.azure.store);
    refuseLocked(path.id, 'write', this.azure.store);
    const { parent } = path;
    if (!parent || before || this.azure.store.get(parent)) return;
    const above = parsePath(parent);
    const kind = above && kindOf(above.type);
    if (kind?.byDefault && above?.name && kind.byDefault(above, this.azure)) return;
    throw new AzureError(
      404,
      'ParentResourceNotFound',
      `Failed to perform 'write' on resource(s) of type '${path.type}', because the parent resource '${parent}' could not be found.`,
    );
  }
}

const keep = (body: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(KEPT.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]));

const subscriptionOf = ({ id }: { readonly id: string }) => id.split('/').slice(0, 3).join('/');

/** Azure keeps a resource whose creation failed. */
const failed = (resource: Resource): Resource => ({
  ...resource,
  body: { ...resource.body, properties: { ...resource.body.properties, provisioningState: 'Failed' } },
});

const notFound = ({ type, name = '' }: ResourcePath) =>
  new AzureError(404, 'ResourceNotFound', `The Resource '${type}/${name}' was not found.`);
