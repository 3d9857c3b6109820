import type { Rule } from '../rule.js';

import { addressSpace, zoneName } from './address-space.js';
import { architecture, gatewayHealth, oneGateway, ports, sizes } from './groups.js';
import { pullIdentity, sameRegistry } from './image.js';
import { resourceGroups, tags } from './names.js';
import { ownSubnets, ownSubnetsElsewhere, publicCloud, subnetSubscription } from './network.js';
import { existingSecrets, sameVault } from './secrets.js';
import { totals } from './totals.js';

const RULES: readonly Rule[] = [
  addressSpace,
  zoneName,
  ports,
  gatewayHealth,
  sizes,
  oneGateway,
  architecture,
  pullIdentity,
  sameRegistry,
  resourceGroups,
  tags,
  ownSubnets,
  subnetSubscription,
  ownSubnetsElsewhere,
  publicCloud,
  existingSecrets,
  sameVault,
  totals,
];

/** What Azure would refuse; most of it is planned by Terraform, and found when the old group is gone. */
export const azureRules: readonly Rule[] = RULES.map(
  (rule): Rule =>
    (topology) =>
      topology.platform === 'azure' && topology.azure ? rule(topology) : [],
);
