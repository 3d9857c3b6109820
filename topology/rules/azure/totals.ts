import { gzipSync } from 'node:zlib';

import { azureGatewayPlace } from '../../azure/gateway.js';
import { RESERVED_ADDRESSES, ROLE_ASSIGNMENTS, SECRET_BYTES } from '../../azure/limits.js';
import { roleAssignments } from '../../azure/roles.js';
import { gatewayConfig } from '../../gateway.js';
import { planTopology, type Plan } from '../../plan.js';
import type { Problem } from '../../problems.js';
import type { Rule } from '../rule.js';

/** What only the whole of a topology breaks: it is planned once for all of them. */
export const totals: Rule = (topology) => {
  const plan = planTopology(topology);
  return [gatewayConfiguration, roles, subnetRoom].flatMap((check) => check(plan));
};

/** The gateway reads its configuration from a secret of the vault, packed where it is long. */
function gatewayConfiguration(plan: Plan): Problem[] {
  const place = azureGatewayPlace(plan);
  if (!plan.gateway || !place) return [];
  const json = JSON.stringify(gatewayConfig(plan.gateway, place));
  if (json.length <= SECRET_BYTES) return [];
  const bytes = gzipSync(json, { level: 9 }).toString('base64').length;
  if (bytes <= SECRET_BYTES) return [];
  const tenants = Object.keys(plan.gateway.tenants).length;
  const fit = Math.floor((tenants * SECRET_BYTES) / bytes);
  return [
    {
      path: ['tenants'],
      message: `must leave at most about ${fit} in one pool, whose gateway reads its configuration from a Key Vault secret of ${SECRET_BYTES} bytes, got ${tenants} (${bytes} bytes): put the others into a topology of their own`,
    },
  ];
}

function roles(plan: Plan): Problem[] {
  return [...roleAssignments(plan)].flatMap(([subscription, count]) =>
    count <= ROLE_ASSIGNMENTS
      ? []
      : [
          {
            path: ['tenants'],
            message: `must need at most ${ROLE_ASSIGNMENTS} role assignments in subscription ${subscription}, which Azure never raises, got ${count}: put some tenants into a topology with a vault in another subscription`,
          },
        ],
  );
}

/** Suspended runtimes come back, and need an address then. */
function subnetRoom({ azure, runtimes }: Plan): Problem[] {
  return (azure?.network?.subnets ?? []).flatMap(({ id, name, cidr, use }) => {
    const groups = runtimes.filter(
      (runtime) => runtime.state !== 'retired' && azure?.runtimes[runtime.id]?.subnetId === id,
    ).length;
    const room = 2 ** (32 - Number(cidr.split('/')[1])) - RESERVED_ADDRESSES;
    return use !== 'runtime' || groups <= room
      ? []
      : [
          {
            path: ['azure', 'network'],
            message: `must have an address for each group, but ${name} (${cidr}) has ${room} for ${groups}: raise runtimeSubnets, or use a larger addressSpace`,
          },
        ];
  });
}
