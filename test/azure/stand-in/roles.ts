import { randomUUID } from 'node:crypto';

import type { Principal } from './directory.js';

/** A built-in role of Azure, as far as it matters here. */
export interface Role {
  readonly id: string;
  readonly name: string;
  readonly actions: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
}

const SECRETS = 'Microsoft.KeyVault/vaults/secrets';

export const ROLES: readonly Role[] = [
  { id: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635', name: 'Owner', actions: ['*'] },
  {
    id: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
    name: 'Contributor',
    actions: ['*'],
    notActions: ['Microsoft.Authorization/*/write', 'Microsoft.Authorization/*/delete'],
  },
  { id: 'acdd72a7-3385-48ef-bd42-f606fba81ae7', name: 'Reader', actions: ['*/read'] },
  {
    id: '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9',
    name: 'User Access Administrator',
    actions: ['*/read', 'Microsoft.Authorization/*'],
  },
  {
    id: 'b12aa53e-6015-4669-85d0-8515ebb3ae7f',
    name: 'Private DNS Zone Contributor',
    actions: ['Microsoft.Network/privateDnsZones/*'],
  },
  {
    id: '5d977122-f97e-4b4d-a52f-6b43003ddb4d',
    name: 'Azure Container Instances Contributor Role',
    actions: ['Microsoft.ContainerInstance/containerGroups/*'],
  },
  {
    id: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
    name: 'AcrPull',
    actions: ['Microsoft.ContainerRegistry/registries/pull/read'],
  },
  {
    id: '4633458b-17de-408a-b874-0445c86b69e6',
    name: 'Key Vault Secrets User',
    actions: [],
    dataActions: [`${SECRETS}/getSecret/action`, `${SECRETS}/readMetadata/action`],
  },
  {
    id: 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7',
    name: 'Key Vault Secrets Officer',
    actions: ['Microsoft.KeyVault/*/read'],
    dataActions: [`${SECRETS}/*`],
  },
  {
    id: '00482a5a-887f-4fb3-b363-3b7fe8e74483',
    name: 'Key Vault Administrator',
    actions: ['Microsoft.KeyVault/*/read'],
    dataActions: ['Microsoft.KeyVault/vaults/*'],
  },
];

/** Somebody has a role in a scope and all below it. */
export interface RoleAssignment {
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  readonly role: Role;
  /** From when on it is in force (milliseconds of the epoch). */
  readonly from: number;
}

/** Azure's access control. */
export class Roles {
  readonly #assignments = new Map<string, RoleAssignment>();
  /** How long a new assignment takes until it is in force, in milliseconds. */
  spreadMs = 0;

  /** @param role Name of a built-in role */
  assign(
    principal: Pick<Principal, 'objectId'>,
    role: string,
    scope: string,
    name: string = randomUUID(),
  ): RoleAssignment {
    const assignment: RoleAssignment = {
      name,
      scope,
      principalId: principal.objectId,
      role: roleNamed(role),
      from: Date.now() + this.spreadMs,
    };
    this.#assignments.set(assignmentKey(scope, name), assignment);
    return assignment;
  }

  revoke({ scope, name }: Pick<RoleAssignment, 'scope' | 'name'>): void {
    this.#assignments.delete(assignmentKey(scope, name));
  }

  /** Every assignment that there is comes into force now. */
  spread(): void {
    for (const [key, one] of this.#assignments) this.#assignments.set(key, { ...one, from: 0 });
  }

  list(): readonly RoleAssignment[] {
    return [...this.#assignments.values()];
  }

  /** Whether somebody may do this to a resource through Resource Manager. */
  allows(principal: Principal, action: string, resourceId: string): boolean {
    return this.#inForce(principal, resourceId).some(
      ({ role }) => matchesAny(action, role.actions) && !matchesAny(action, role.notActions),
    );
  }

  /** Whether somebody may do this with the data in a resource. */
  allowsData(principal: Principal, action: string, resourceId: string): boolean {
    return this.#inForce(principal, resourceId).some(({ role }) => matchesAny(action, role.dataActions));
  }

  /** Roles that somebody has in a scope. */
  of(principal: Principal, scope: string): Role[] {
    return this.#inForce(principal, scope).map(({ role }) => role);
  }

  #inForce(principal: Principal, resourceId: string): RoleAssignment[] {
    const now = Date.now();
    return this.list().filter(
      ({ principalId, from, scope }) =>
        principalId === principal.objectId && from <= now && covers(scope, resourceId),
    );
  }
}

/** @throws Error for a role that the stand-in does not know */
export function roleNamed(name: string): Role {
  const role = ROLES.find((one) => one.name === name);
  if (!role) throw new Error(`unknown role ${name}: add it to the stand-in's roles`);
  return role;
}

const assignmentKey = (scope: string, name: string) => `${scope}/${name}`.toLowerCase();

/** Whether a scope is the resource or above it. */
function covers(scope: string, resourceId: string): boolean {
  const [above, below] = [scope.replace(/\/$/, '').toLowerCase(), resourceId.toLowerCase()];
  return below === above || below.startsWith(`${above}/`);
}

function matchesAny(action: string, patterns: readonly string[] = []): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.]/g, '\\.'));
    return new RegExp(`^${parts.join('.*')}$`, 'i').test(action);
  });
}
