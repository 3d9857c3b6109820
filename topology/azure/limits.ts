/**
 * Limits of Azure as its documentation states them. Terraform plans past most of them, and a mistake is then found
 * when a group is created, after the one that it replaces is gone.
 *
 * @see https://learn.microsoft.com/azure/container-instances/container-instances-resource-and-quota-limits
 * @see https://learn.microsoft.com/azure/container-instances/container-instances-faq
 */

/** Quotas of a subscription in one region, which Azure raises on request. */
export const QUOTAS = {
  groups: 100,
  /** vCPUs of all container groups. */
  cores: 100,
  createsPerHour: 300,
} as const;

/** The least that a container group asks for; less has been answered with an internal error. */
export const GROUP_MINIMUM = { cpu: 1, memoryGiB: 1 } as const;

/** The most that one container group may ask for, whatever the region. */
export const GROUP_MAXIMUM = { cpu: 31, memoryGiB: 240 } as const;

/** Groups above this are refused where a region has no room for them. */
export const GROUP_EVERYWHERE = { cpu: 4, memoryGiB: 16 } as const;

/** Container groups above which a subnet gets slow. */
export const GROUPS_PER_SUBNET = 1000;

/** Role assignments in a subscription, of everybody; never raised. */
export const ROLE_ASSIGNMENTS = 4000;

/** Bytes of a Key Vault secret. */
export const SECRET_BYTES = 25_000;

/** Addresses of a subnet that Azure keeps for itself. */
export const RESERVED_ADDRESSES = 5;

/** Ports that Container Instances keeps for itself, first and last. */
export const RESERVED_PORTS: readonly (readonly [number, number])[] = [
  [22, 22],
  [1025, 1027],
  [3389, 3399],
  [9999, 9999],
  [19_000, 19_000],
  [19_080, 19_080],
  [19_100, 19_100],
  [19_390, 19_390],
  [20_000, 30_000],
  [49_152, 65_534],
];

/** `West Europe` and `westeurope` are the same region. */
export const regionName = (location: string) => location.replaceAll(' ', '').toLowerCase();
