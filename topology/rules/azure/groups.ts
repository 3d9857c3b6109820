import { GROUP_MAXIMUM, RESERVED_PORTS } from '../../azure/limits.js';
import { GATEWAY_PORTS } from '../../gateway-contract.js';
import type { Problem } from '../../problems.js';
import { millicores } from '../../schema/common.js';
import type { Rule } from '../rule.js';

/** A port that Azure keeps for itself is refused when the group is created. */
export const ports: Rule = ({ runtime, pool }) => {
  const listened = [
    { path: ['runtime', 'port'], port: runtime.port, use: 4321 },
    ...(pool ? [{ path: ['pool', 'gateway', 'port'], port: pool.gateway.port, use: 4322 }] : []),
  ];
  return listened.flatMap(({ path, port, use }) => {
    const [from, to] = RESERVED_PORTS.find(([first, last]) => port >= first && port <= last) ?? [];
    if (from === undefined) return [];
    const range = from === to ? `${from}` : `${from} to ${to}`;
    return [{ path, message: `must not be ${range}, which Azure keeps for itself, got ${port}: use ${use}` }];
  });
};

/** Two servers of one container cannot have the same port. */
export const gatewayHealth: Rule = ({ pool }) =>
  pool?.gateway.port === GATEWAY_PORTS.health
    ? [
        {
          path: ['pool', 'gateway', 'port'],
          message: `must not be ${GATEWAY_PORTS.health}, which answers to the probes of the gateway: use 4322`,
        },
      ]
    : [];

export const sizes: Rule = ({ runtime, pool, tenants }) => {
  const asked = [
    { path: ['runtime', 'resources'], resources: runtime.resources },
    { path: ['pool', 'resources'], resources: pool?.resources },
    ...Object.entries(tenants).map(([id, { resources }]) => ({
      path: ['tenants', id, 'resources'],
      resources,
    })),
  ];
  return asked.flatMap(({ path, resources }): Problem[] => {
    if (!resources || millicores(resources.cpu) <= GROUP_MAXIMUM.cpu * 1000) return [];
    const message = `must be at most ${GROUP_MAXIMUM.cpu}, the most that a container group may have, got ${resources.cpu}: ask for less, or spread the work over more tenants`;
    return [{ path: [...path, 'cpu'], message }];
  });
};

/** Nothing balances between gateways: a group has an address of its own. */
export const oneGateway: Rule = ({ pool }) => {
  const replicas = pool?.gateway.replicas ?? 1;
  if (replicas === 1) return [];
  const path = ['pool', 'gateway', 'replicas'];
  return [
    {
      path,
      message: `must be 1 with platform azure, where a name leads to one group, got ${replicas}: remove it`,
    },
  ];
};

/** Container Instances has no other machines; what an image is for cannot be told from its digest. */
export const architecture: Rule = ({ runtime: { image } }) => {
  const [other] = /arm64|aarch64|armv7/i.exec(image ?? '') ?? [];
  if (other === undefined) return [];
  const message = `names an image for ${other}, but Azure Container Instances runs amd64 only: build and name one for amd64`;
  return [{ path: ['runtime', 'image'], message }];
};
