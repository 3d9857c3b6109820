/** How long a first deploy must take at least, from limits of Azure and of its Terraform provider. */
export interface AzureSchedule {
  readonly groups: number;
  readonly subnets: number;
  /** Groups in the fullest subnet, which are created one after another. */
  readonly inOneSubnet: number;
  /** Lower bound, in minutes. */
  readonly minutes: number;
}

/** Minutes that the creation of one group takes at least: the image is pulled and the group is started. */
const MINUTES_PER_GROUP = 1;

/** Container groups that a subscription may create in an hour in one region. */
export const CREATES_PER_HOUR = 300;

/** @param subnetIds one per group that runs */
export function planSchedule(subnetIds: readonly string[]): AzureSchedule {
  const bySubnet = new Map<string, number>();
  for (const subnetId of subnetIds) bySubnet.set(subnetId, (bySubnet.get(subnetId) ?? 0) + 1);
  const inOneSubnet = Math.max(0, ...bySubnet.values());
  const byQuota = Math.ceil(Math.max(0, subnetIds.length - CREATES_PER_HOUR) / CREATES_PER_HOUR) * 60;
  return {
    groups: subnetIds.length,
    subnets: bySubnet.size,
    inOneSubnet,
    minutes: Math.max(inOneSubnet * MINUTES_PER_GROUP, byQuota),
  };
}
