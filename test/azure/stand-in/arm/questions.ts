import type { Answer, AuthenticatedRequest } from '../exchange.js';

import type { GroupProperties } from './container-groups/model.js';
import { resourcesOf } from './container-groups/rules.js';
import type { Azure } from './kind.js';
import { CONTAINER_GROUPS } from './kinds/container-group.js';
import { regionName, regionsWith } from './limits.js';
import { same } from './resource-id.js';

const PROVIDER = /^\/subscriptions\/[^/]+\/providers\/([^/]+)$/i;
const IN_REGION = /\/providers\/Microsoft\.ContainerInstance\/locations\/([^/]+)\/(usages|capabilities)$/i;
const PERMISSIONS = /^(.+)\/providers\/Microsoft\.Authorization\/permissions$/i;

/** What a deployer asks before it deploys: services, quotas, sizes and its own rights. None of it is a resource. */
export function answerQuestion(request: AuthenticatedRequest, azure: Azure): Answer | undefined {
  if (request.method !== 'GET') return undefined;
  const path = request.path.replace(/\/+$/, '');
  const [, namespace] = PROVIDER.exec(path) ?? [];
  if (namespace !== undefined) return { status: 200, body: provider(namespace, azure) };
  const [, location, what] = IN_REGION.exec(path) ?? [];
  if (location !== undefined)
    return { status: 200, body: { value: same(what, 'usages') ? usages(location, azure) : CAPABILITIES } };
  const [, scope] = PERMISSIONS.exec(path) ?? [];
  if (scope === undefined) return undefined;
  const permissions = azure.roles.of(request.principal, scope);
  return {
    status: 200,
    body: {
      value: permissions.map(({ actions, notActions = [], dataActions = [] }) => ({
        actions,
        notActions,
        dataActions,
        notDataActions: [],
      })),
    },
  };
}

function provider(namespace: string, { limits }: Azure) {
  return {
    namespace,
    registrationState: limits.unregistered.has(namespace) ? 'NotRegistered' : 'Registered',
    resourceTypes: [{ resourceType: 'containerGroups', locations: regionsWith(CONTAINER_GROUPS) }],
  };
}

function usages(location: string, { groups, limits }: Azure) {
  const all = groups.inRegion(regionName(location));
  const cores = all.reduce(
    (sum, { body }) => sum + resourcesOf((body.properties as GroupProperties).containers).cores,
    0,
  );
  const usage = (value: string, currentValue: number, limit: number) => ({
    name: { value, localizedValue: value },
    unit: 'Count',
    currentValue,
    limit,
  });
  return [
    usage('ContainerGroups', all.length, limits.groups),
    usage('StandardCores', cores, limits.cores),
    usage('StandardK80Cores', 0, 0),
  ];
}

const CAPABILITIES = ['Public', 'Private'].map((ipAddressType) => ({
  resourceType: 'containerGroups',
  osType: 'Linux',
  ipAddressType,
  gpu: 'None',
  capabilities: { maxMemoryInGB: 16, maxCpu: 4, maxGpuCount: 0 },
}));
