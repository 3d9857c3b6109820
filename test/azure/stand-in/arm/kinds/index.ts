import type { Kind } from '../kind.js';
import { same } from '../resource-id.js';

import { containerGroups } from './container-group.js';
import { identities } from './identity.js';
import { workspaces } from './log-analytics.js';
import { natGateways, networks, publicAddresses, securityGroups, securityRules, subnets } from './network.js';
import { aRecords, networkLinks, soaRecords, zones } from './private-dns.js';
import { diagnosticSettings, locks, resourceGroups } from './resource-group.js';
import { roleAssignments } from './role-assignment.js';
import { accounts, blobServices, fileServices, queueServices, shares } from './storage.js';
import { vaults, vaultSecrets } from './vault.js';

/** The types of resources that the stand-in knows. */
const KINDS: readonly Kind[] = [
  resourceGroups,
  locks,
  diagnosticSettings,
  identities,
  roleAssignments,
  accounts,
  blobServices,
  fileServices,
  queueServices,
  shares,
  vaults,
  vaultSecrets,
  networks,
  subnets,
  securityGroups,
  securityRules,
  natGateways,
  publicAddresses,
  zones,
  aRecords,
  soaRecords,
  networkLinks,
  workspaces,
  containerGroups,
];

export const kindOf = (type: string): Kind | undefined => KINDS.find((kind) => same(kind.type, type));
