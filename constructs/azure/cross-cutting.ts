import { DataAzurermLogAnalyticsWorkspace } from '@cdktf/provider-azurerm/lib/data-azurerm-log-analytics-workspace/index.js';
import { ManagementLock } from '@cdktf/provider-azurerm/lib/management-lock/index.js';
import { RoleAssignment } from '@cdktf/provider-azurerm/lib/role-assignment/index.js';
import { TerraformStack, type ITerraformDependable, type TerraformProvider } from 'cdktf';
import { Construct } from 'constructs';

/**
 * Inputs that cut across resources, named as in Azure Verified Modules.
 *
 * @see https://azure.github.io/Azure-Verified-Modules/specs/shared/interfaces/
 */
export interface LockProps {
  readonly kind: 'CanNotDelete' | 'ReadOnly';
  /** @default - `lock-<kind>` */
  readonly name?: string;
}

export interface RoleAssignmentProps {
  /** Name of a role, or the id of its definition with the subscription in it. */
  readonly roleDefinitionIdOrName: string;
  /** Object id of whoever gets the role. */
  readonly principalId: string;
  /** @default ServicePrincipal */
  readonly principalType?: 'ServicePrincipal' | 'User' | 'Group';
  /** @default - none */
  readonly description?: string;
}

export interface ManagedIdentitiesProps {
  /** Ids of user-assigned identities. */
  readonly userAssignedResourceIds: readonly string[];
}

export interface DiagnosticSettingsProps {
  /** Id of a Log Analytics workspace. Its key ends up in the state: the platform takes nothing else. */
  readonly workspaceResourceId: string;
}

export type Tags = Readonly<Record<string, string>>;

/** A role for one principal on one scope, which must not be an attribute that a replacement would change. */
export function grant(
  scope: Construct,
  id: string,
  target: string,
  role: RoleAssignmentProps,
  { after = [], provider }: { after?: readonly ITerraformDependable[]; provider?: TerraformProvider } = {},
): RoleAssignment {
  const { roleDefinitionIdOrName: which, principalId, principalType, description } = role;
  return new RoleAssignment(scope, id, {
    scope: target,
    // By name or by the id with a scope: one without is a replacement at every plan.
    ...(which.startsWith('/') ? { roleDefinitionId: which } : { roleDefinitionName: which }),
    principalId,
    // Said, so that Azure does not look a new identity up where it has not spread to yet.
    principalType: principalType ?? 'ServicePrincipal',
    ...(description !== undefined && { description }),
    ...(provider && { provider }),
    dependsOn: [...after],
  });
}

/** A lock and roles on a resource that a construct has made. */
export function protect(
  scope: Construct,
  target: { readonly id: string },
  {
    lock,
    roleAssignments = {},
  }: {
    readonly lock?: LockProps;
    readonly roleAssignments?: Readonly<Record<string, RoleAssignmentProps>>;
  },
): void {
  if (lock) {
    new ManagementLock(scope, 'Lock', {
      name: lock.name ?? `lock-${lock.kind}`,
      scope: target.id,
      lockLevel: lock.kind,
    });
  }
  const roles = new Construct(scope, 'RoleAssignments');
  for (const [id, role] of Object.entries(roleAssignments)) grant(roles, id, target.id, role);
}

/** Scope of what a stack reads once for all of its groups. */
const SHARED_DATA = 'SharedData';

/** A workspace with its key, read once per stack. */
export function workspace(from: Construct, resourceId: string): DataAzurermLogAnalyticsWorkspace {
  const stack = TerraformStack.of(from);
  const scope = stack.node.tryFindChild(SHARED_DATA) ?? new Construct(stack, SHARED_DATA);
  const [, , , , resourceGroupName = '', , , , name = ''] = resourceId.split('/');
  const existing = scope.node.tryFindChild(name);
  return existing instanceof DataAzurermLogAnalyticsWorkspace
    ? existing
    : new DataAzurermLogAnalyticsWorkspace(scope, name, { name, resourceGroupName });
}
