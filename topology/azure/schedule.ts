import { QUOTAS, regionName } from './limits.js';

/** How long a first deploy must take at least, from limits of Azure and of its Terraform provider. */
export interface AzureSchedule {
  readonly groups: number;
  readonly subnets: number;
  /** Groups in the fullest subnet, which are created one after another. */
  readonly inOneSubnet: number;
  /** vCPUs that all groups ask for. */
  readonly cores: number;
  /** By region and subscription, which quotas are for. */
  readonly regions: readonly AzureRegionUse[];
  /** Lower bound, in minutes. */
  readonly minutes: number;
}

/** What a topology uses of the quotas of one subscription in one region. */
export interface AzureRegionUse {
  readonly location: string;
  readonly subscriptionId: string;
  readonly groups: number;
  readonly cores: number;
}

/** A group that runs. */
export interface ScheduledGroup {
  readonly location: string;
  readonly subscriptionId: string;
  readonly subnetId: string;
  readonly cpu: number;
}

/** Minutes that the creation of one group takes at least: the image is pulled and the group is started. */
const MINUTES_PER_GROUP = 1;

export function planSchedule(groups: readonly ScheduledGroup[]): AzureSchedule {
  const subnets = grouped(groups, ({ subnetId }) => subnetId.toLowerCase());
  const inOneSubnet = Math.max(0, ...subnets.map(({ length }) => length));
  const regions = grouped(
    groups,
    ({ location, subscriptionId }) => `${regionName(location)} ${subscriptionId}`,
  ).map((some): AzureRegionUse => {
    const { location, subscriptionId } = some[0]!;
    return { location: regionName(location), subscriptionId, groups: some.length, cores: coresOf(some) };
  });
  const most = Math.max(0, ...regions.map((region) => region.groups));
  // The first creates of an hour are at once; those beyond wait for the next.
  const byQuota = Math.floor(Math.max(0, most - 1) / QUOTAS.createsPerHour) * 60;
  return {
    groups: groups.length,
    subnets: subnets.length,
    inOneSubnet,
    cores: coresOf(groups),
    regions,
    minutes: Math.max(inOneSubnet * MINUTES_PER_GROUP, byQuota),
  };
}

function grouped<T>(all: readonly T[], keyOf: (one: T) => string): T[][] {
  const byKey = new Map<string, T[]>();
  for (const one of all) {
    const others = byKey.get(keyOf(one));
    if (others) others.push(one);
    else byKey.set(keyOf(one), [one]);
  }
  return [...byKey.values()];
}

/** Rounded, for tenths do not add up in binary. */
const coresOf = (groups: readonly ScheduledGroup[]) =>
  Math.round(groups.reduce((sum, { cpu }) => sum + cpu, 0) * 10) / 10;
