import { AzureError, type Answer } from '../../exchange.js';
import { ROLES, type Role } from '../../roles.js';
import type { Azure, Kind } from '../kind.js';
import { isSubscription, resourceGroupOf, same, type ResourcePath } from '../resource-id.js';

interface Assignment {
  readonly principalId: string;
  readonly roleDefinitionId: string;
  readonly principalType?: string;
}

const ASSIGNMENTS = 'Microsoft.Authorization/roleAssignments';

/** Role assignments: what they grant is granted. */
export const roleAssignments: Kind = {
  type: ASSIGNMENTS,
  put(asked, { azure, path, before }) {
    const wanted = asked.properties as unknown as Assignment;
    if (before) throw new AzureError(409, 'RoleAssignmentExists', 'The role assignment already exists.');
    const role = ROLES.find(({ id }) => same(id, wanted.roleDefinitionId.split('/').at(-1)));
    if (!role)
      throw new AzureError(
        400,
        'RoleDefinitionDoesNotExist',
        `The specified role definition with ID '${wanted.roleDefinitionId}' does not exist.`,
      );
    checkPrincipal(wanted, azure);
    checkScope(path.scope, azure);
    const twin = azure.roles
      .list()
      .some(
        (one) =>
          one.principalId === wanted.principalId && one.role.id === role.id && same(one.scope, path.scope),
      );
    if (twin) throw new AzureError(409, 'RoleAssignmentExists', 'The role assignment already exists.');
    azure.roles.assign({ objectId: wanted.principalId }, role.name, path.scope, path.name);
    return {
      properties: {
        principalType: 'ServicePrincipal',
        ...wanted,
        roleDefinitionId: definitionId(role, subscriptionOf(path.scope)),
        scope: path.scope,
      },
    };
  },
  remove({ name, body }, { roles }) {
    roles.revoke({ scope: body.properties.scope as string, name });
  },
};

function checkPrincipal({ principalId, principalType }: Assignment, { directory }: Azure): void {
  if (!directory.find(principalId))
    throw new AzureError(
      400,
      'PrincipalNotFound',
      `Principal ${principalId.replaceAll('-', '')} does not exist in the directory ${directory.tenantId}.`,
    );
  if (principalType && principalType !== 'ServicePrincipal')
    throw new AzureError(
      400,
      'UnmatchedPrincipalType',
      `The PrincipalId '${principalId}' has type 'ServicePrincipal', which is different from specified PrincipalType '${principalType}'.`,
    );
}

/** The scope must be there; of a secret, the vault. */
function checkScope(scope: string, { store }: Azure): void {
  const resource = scope.replace(/(\/vaults\/[^/]+)\/secrets\/[^/]+$/i, '$1');
  if (store.get(resource) || isSubscription(resource)) return;
  throw new AzureError(404, 'ResourceNotFound', `The Resource '${resource}' was not found.`);
}

/** Definitions of built-in roles: one by id, or by name with a filter. */
export function roleDefinitions(path: ResourcePath, query: URLSearchParams): Answer {
  const show = (role: Role) => ({
    id: definitionId(role, subscriptionOf(path.scope)),
    name: role.id,
    type: 'Microsoft.Authorization/roleDefinitions',
    properties: {
      roleName: role.name,
      type: 'BuiltInRole',
      assignableScopes: ['/'],
      permissions: [
        {
          actions: role.actions,
          notActions: role.notActions ?? [],
          dataActions: role.dataActions ?? [],
          notDataActions: [],
        },
      ],
    },
  });
  if (path.name === undefined) {
    const wanted = /roleName eq '([^']*)'/.exec(query.get('$filter') ?? '')?.[1];
    const found = ROLES.filter(({ name }) => wanted === undefined || name === wanted);
    return { status: 200, body: { value: found.map(show) } };
  }
  const role = ROLES.find(({ id }) => same(id, path.name));
  if (!role)
    throw new AzureError(
      404,
      'RoleDefinitionDoesNotExist',
      `The specified role definition with ID '${path.name}' does not exist.`,
    );
  return { status: 200, body: show(role) };
}

const subscriptionOf = (scope: string) => (resourceGroupOf(scope) ?? scope).split('/').slice(0, 3).join('/');

const definitionId = ({ id }: Role, subscription: string) =>
  `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${id}`;
