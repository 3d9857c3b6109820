import { Findings } from '../../diagnosis/index.js';
import { regionName } from '../../topology/azure/limits.js';
import { API_VERSIONS } from '../api-versions.js';
import { same } from '../resource-id.js';

import { plannedGroups, type PreflightCheck } from './context.js';

interface Usage {
  readonly name?: { readonly value?: string };
  readonly currentValue?: number;
  readonly limit?: number;
}

interface Capability {
  readonly osType?: string;
  readonly ipAddressType?: string;
  readonly gpu?: string;
  readonly capabilities?: { readonly maxCpu?: number; readonly maxMemoryInGB?: number };
}

/** Is there room for the groups that are not there yet, and is each small enough for its region? */
export const checkQuota: PreflightCheck = async (context) => {
  const { arm, azure, groups: existing } = context;
  const findings = new Findings('quota');
  const planned = plannedGroups(context);
  for (const { location, subscriptionId } of azure.schedule.regions) {
    const here = planned.filter(
      ([, group]) => regionName(group.location) === location && group.subscriptionId === subscriptionId,
    );
    const fresh = here.filter(([, { groupId }]) => !existing.some(({ id }) => same(id, groupId)));
    const region = `/subscriptions/${subscriptionId}/providers/Microsoft.ContainerInstance/locations/${location}`;
    const call = { apiVersion: API_VERSIONS.containerInstance };
    const [usages, capabilities] = await Promise.all([
      arm.list<Usage>(`${region}/usages`, call),
      arm.list<Capability>(`${region}/capabilities`, call),
    ]);
    const needs: Readonly<Record<string, number>> = {
      ContainerGroups: fresh.length,
      StandardCores: Math.ceil(fresh.reduce((sum, [, { cpu }]) => sum + cpu, 0)),
    };
    for (const { name, currentValue = 0, limit = 0 } of usages) {
      const need = needs[name?.value ?? ''] ?? 0;
      if (need === 0 || currentValue + need <= limit) continue;
      findings.problem(
        `${location} has room for ${Math.max(0, limit - currentValue)} more of quota ${name?.value} in subscription ${subscriptionId} (${currentValue} of ${limit} used), and the deploy needs ${need}: ask Azure for ${currentValue + need} or more, or give some cells another location`,
      );
    }
    const largest = capabilities.find(
      ({ osType, ipAddressType, gpu }) => osType === 'Linux' && ipAddressType === 'Private' && gpu === 'None',
    )?.capabilities;
    for (const [who, { cpu, memoryGiB }] of here) {
      if (!largest) break;
      const { maxCpu = cpu, maxMemoryInGB = memoryGiB } = largest;
      if (cpu <= maxCpu && memoryGiB <= maxMemoryInGB) continue;
      findings.problem(
        `${who} asks for ${cpu} vCPU and ${memoryGiB} GiB, and a group in ${location} has at most ${maxCpu} and ${maxMemoryInGB}: ask for less under resources, or use another location`,
      );
    }
  }
  return findings.list;
};
