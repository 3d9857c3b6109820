import { tenantsOf } from '../placement.js';

import type { Rule } from './rule.js';

const oneOnLocal: Rule = ({ platform, pool }) => {
  const replicas = pool?.gateway.replicas ?? 1;
  return platform === 'local' && replicas > 1
    ? [
        {
          path: ['pool', 'gateway', 'replicas'],
          message: `must be 1 with platform local, got ${replicas}: remove it`,
        },
      ]
    : [];
};

const someToken: Rule = (topology) =>
  tenantsOf(topology, 'pool').flatMap(
    ([
      id,
      {
        state,
        gatewayToken: { a, b },
      },
    ]) =>
      state !== 'active' || a !== undefined || b !== undefined
        ? []
        : [
            {
              path: ['tenants', id, 'gatewayToken'],
              message:
                'must have a slot, since the tenant could not connect otherwise: set { a: 1 }, or "state: suspended"',
            },
          ],
  );

/** Names in a list beside "*" would suggest that they matter. */
const everyToolAlone: Rule = ({ pool, tenants }) =>
  [
    { path: ['pool', 'gateway', 'policy', 'builtInTools'], tools: pool?.gateway.policy.builtInTools },
    ...Object.entries(tenants).map(([id, { policy }]) => ({
      path: ['tenants', id, 'policy', 'builtInTools'],
      tools: policy?.builtInTools,
    })),
  ].flatMap(({ path, tools = [] }) =>
    tools.includes('*') && tools.length > 1
      ? [{ path, message: 'must be ["*"] alone or names without it: remove one of them' }]
      : [],
  );

export const gatewayRules: readonly Rule[] = [oneOnLocal, someToken, everyToolAlone];
