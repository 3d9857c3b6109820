import type { Directory, Principal } from '../directory.js';
import type { Answer, AzureRequest } from '../exchange.js';
import type { Roles } from '../roles.js';
import type { Vault } from '../vault/data-plane.js';

import type { ContainerGroups } from './container-groups/groups.js';
import type { Limits } from './limits.js';
import type { ResourcePath } from './resource-id.js';
import type { Body, Resource, Store } from './store.js';

/** What the kinds of resources share. */
export interface Azure {
  readonly store: Store;
  readonly directory: Directory;
  readonly roles: Roles;
  readonly vaults: Map<string, Vault>;
  readonly limits: Limits;
  readonly groups: ContainerGroups;
}

/** One change that is asked for. */
export interface Change {
  readonly azure: Azure;
  readonly path: ResourcePath & { readonly name: string };
  readonly principal: Principal;
  readonly request: AzureRequest;
  /** The resource as it is. @default - it is new */
  readonly before?: Resource;
}

/** What is particular about a type of resource. Everything else is the same for all: see ResourceManager. */
export interface Kind {
  readonly type: string;
  /** Checks what is asked for and adds what Azure adds. @throws AzureError @default - kept as it is */
  put?(asked: Body, change: Change): Body;
  /** What follows once the resource is kept. @returns why the operation failed, which leaves the resource behind */
  after?(resource: Resource, azure: Azure): Promise<OperationFailure | undefined>;
  /** What somebody sees of a resource. @default - all of it */
  show?(resource: Resource, azure: Azure): Body;
  /** What PATCH keeps. @default - tags, and properties one by one */
  patch?(asked: Partial<Body>, change: Change & { readonly before: Resource }): Body;
  /** Checks and cleans up before a resource goes. @throws AzureError */
  remove?(resource: Resource, azure: Azure): void | Promise<void>;
  /** What `POST …/<action>` does. */
  readonly actions?: Readonly<
    Record<string, (resource: Resource, azure: Azure, request: AzureRequest) => Answer | Promise<Answer>>
  >;
  /** Status of an answer to PUT. @default 201 for a new one, 200 else */
  readonly createdStatus?: number;
  /** A resource that comes with its parent. */
  byDefault?(path: ResourcePath, azure: Azure): Body | undefined;
}

export interface OperationFailure {
  readonly code: string;
  readonly message: string;
}
