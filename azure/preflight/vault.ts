import { Findings } from '../../diagnosis/index.js';
import { API_VERSIONS } from '../api-versions.js';
import { same } from '../resource-id.js';

import { plannedGroups, unique, type PreflightCheck } from './context.js';

interface Vault {
  readonly properties: {
    readonly vaultUri?: string;
    readonly enableRbacAuthorization?: boolean;
    readonly publicNetworkAccess?: string;
    readonly networkAcls?: {
      readonly defaultAction?: string;
      readonly virtualNetworkRules?: readonly { readonly id: string }[];
    };
  };
}

const DAY_MS = 86_400_000;

/** Is the vault there, does it go by roles, and does it let the groups in? */
export const checkVault: PreflightCheck = async (context) => {
  const { arm, azure, now } = context;
  const findings = new Findings('vault');
  const { id, uri } = azure.keyVault;
  if (azure.secretsExpireOn !== undefined && Date.parse(azure.secretsExpireOn) + DAY_MS <= now) {
    findings.warning(
      `azure.secretsExpireOn is ${azure.secretsExpireOn}, which has passed: rotate the secrets (raise their revisions) and set a later date`,
    );
  }
  const vault = await arm.find<Vault>(id, { apiVersion: API_VERSIONS.keyVault });
  if (!vault) {
    findings.problem(`there is no vault ${id}: create it with Azure RBAC, or correct azure.keyVaultId`);
    return findings.list;
  }
  const { enableRbacAuthorization, vaultUri = uri, publicNetworkAccess, networkAcls } = vault.properties;
  if (enableRbacAuthorization !== true) {
    findings.problem(
      'the vault goes by access policies, which cannot give one secret to one identity: switch it to Azure RBAC, or name another in azure.keyVaultId',
    );
  }
  if (!same(withSlash(vaultUri), withSlash(uri))) {
    findings.problem(`the vault answers at ${vaultUri}, but ${uri} is planned: set azure.keyVaultUri to it`);
  }
  if (publicNetworkAccess === 'Disabled') {
    findings.warning(
      'the vault has private endpoints only: the network of the groups, and whoever runs Terraform, must reach one',
    );
  } else if (networkAcls?.defaultAction === 'Deny') {
    const allowed = networkAcls.virtualNetworkRules ?? [];
    const outside = unique(plannedGroups(context).map(([, { subnetId }]) => subnetId)).filter(
      (subnet) => !allowed.some((rule) => same(rule.id, subnet)),
    );
    for (const subnet of outside) {
      findings.problem(
        `the vault does not let ${subnet} in, whose groups read their secrets there: add the subnet to the vault's network rules`,
      );
    }
  }
  return findings.list;
};

const withSlash = (uri: string) => uri.replace(/\/*$/, '/');
