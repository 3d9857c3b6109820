import { Findings, some } from '../../diagnosis/index.js';
import { API_VERSIONS } from '../api-versions.js';
import { parseResourceId } from '../resource-id.js';

import { unique, type PreflightCheck, type PreflightContext } from './context.js';

/** What the caller may do somewhere; several of these add up. */
export interface Permission {
  readonly actions?: readonly string[];
  readonly notActions?: readonly string[];
  readonly dataActions?: readonly string[];
  readonly notDataActions?: readonly string[];
}

/** Something that the deploy does in a scope. */
interface Need {
  readonly scope: string;
  readonly actions?: readonly string[];
  readonly dataActions?: readonly string[];
}

const manage = (types: readonly string[]) =>
  types.flatMap((type) => ['read', 'write', 'delete'].map((verb) => `${type}/${verb}`));

const ASSIGN = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';
const ROLES = 'Microsoft.Authorization/roleAssignments/write';
const SECRETS = 'Microsoft.KeyVault/vaults/secrets';

/** May the identity do what the deploy will do? Azure is asked what it may, and nothing is tried. */
export const checkRights: PreflightCheck = async (context) => {
  const findings = new Findings('rights');
  const missing = await Promise.all(
    needsOf(context).map(async ({ scope, actions = [], dataActions = [] }) => {
      const granted = await context.arm.list<Permission>(
        `${scope}/providers/Microsoft.Authorization/permissions`,
        { apiVersion: API_VERSIONS.authorization },
      );
      const denied = [
        ...actions.filter((action) => !allows(granted, action, 'actions')),
        ...dataActions.filter((action) => !allows(granted, action, 'dataActions')),
      ];
      return { scope, denied };
    }),
  );
  for (const { scope, denied } of missing) {
    if (denied.length === 0) continue;
    findings.problem(
      `may not ${some(denied.map(short))} on ${scope.split('/').slice(-2).join('/')}: see "What the deployer may do" in docs/azure.md; a new role takes minutes`,
    );
  }
  return findings.list;
};

const resourceGroupOf = (id: string) => parseResourceId(id).scope;

function needsOf({ azure }: PreflightContext): Need[] {
  const scopes = unique(
    Object.values(azure.places).map(
      ({ subscriptionId, resourceGroup }) =>
        `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`,
    ),
  );
  const { network, keyVault, zone, gateway, smoke, runtimes, pull, logAnalyticsWorkspaceId } = azure;
  const subnets = unique(
    [...Object.values(runtimes), ...[gateway, smoke].filter((group) => group !== undefined)].map(
      ({ subnetId }) => subnetId,
    ),
  );
  const networkTypes = network
    ? ['virtualNetworks', 'natGateways', 'networkSecurityGroups', 'publicIPAddresses', 'privateDnsZones']
    : [];
  return [
    ...scopes.map((scope) => ({
      scope,
      actions: [
        ...manage([
          'Microsoft.ContainerInstance/containerGroups',
          'Microsoft.ManagedIdentity/userAssignedIdentities',
          'Microsoft.Storage/storageAccounts',
          ...networkTypes.map((type) => `Microsoft.Network/${type}`),
        ]),
        ASSIGN,
        'Microsoft.Storage/storageAccounts/listKeys/action',
        // The suite reads how groups and shares stand.
        ...(smoke && scope === resourceGroupOf(smoke.identityId) ? [ROLES] : []),
      ],
    })),
    ...(pull ? [{ scope: pull.identityId, actions: [ASSIGN] }] : []),
    ...(logAnalyticsWorkspaceId === undefined
      ? []
      : [
          {
            scope: logAnalyticsWorkspaceId,
            actions: ['Microsoft.OperationalInsights/workspaces/sharedKeys/action'],
          },
        ]),
    {
      scope: keyVault.id,
      actions: ['Microsoft.KeyVault/vaults/read', 'Microsoft.KeyVault/vaults/secrets/read', ROLES],
      dataActions: ['getSecret/action', 'setSecret/action', 'delete'].map((verb) => `${SECRETS}/${verb}`),
    },
    // What the stacks create themselves is no scope yet, and its rights are those on its resource group.
    ...(network
      ? []
      : [
          { scope: zone.id, actions: [...manage(['Microsoft.Network/privateDnsZones/A']), ROLES] },
          ...subnets.map((scope) => ({
            scope,
            actions: ['Microsoft.Network/virtualNetworks/subnets/join/action'],
          })),
        ]),
  ];
}

/** Whether any of the permissions has it and does not take it away again. */
export function allows(
  granted: readonly Permission[],
  action: string,
  kind: 'actions' | 'dataActions',
): boolean {
  const except = kind === 'actions' ? 'notActions' : 'notDataActions';
  return granted.some(
    (one) => (one[kind] ?? []).some(matches(action)) && !(one[except] ?? []).some(matches(action)),
  );
}

/** `Microsoft.Storage/*` matches all below, in any capitals. */
const matches = (action: string) => (pattern: string) =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`, 'i').test(action);

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** `storageAccounts/listKeys/action`: the provider says itself. */
const short = (action: string) => action.replace(/^Microsoft\.\w+\//, '');
