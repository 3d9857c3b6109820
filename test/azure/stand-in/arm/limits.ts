import { AzureError } from '../exchange.js';

/** Regions that are known, and whether they have Container Instances. */
const REGIONS: Readonly<Record<string, boolean>> = {
  westeurope: true,
  northeurope: true,
  swedencentral: true,
  germanywestcentral: true,
  francecentral: true,
  uksouth: true,
  eastus: true,
  eastus2: true,
  westus2: true,
  global: true,
  westindia: false,
};

/** What a subscription may use. Tests lower the numbers. */
export interface Limits {
  /** Container groups in a region. */
  groups: number;
  /** Cores of all container groups in a region. */
  cores: number;
  /** Container groups created within an hour. */
  createsPerHour: number;
  /** Names of storage accounts that somebody else has. */
  readonly takenAccounts: Set<string>;
  /** Images that cannot be pulled. */
  readonly inaccessibleImages: Set<string>;
  /** Services that are not registered. */
  readonly unregistered: Set<string>;
  /** Regions without room for another group now. */
  readonly fullRegions: Set<string>;
}

/** What Azure gives by default. */
export function defaultLimits(): Limits {
  return {
    groups: 100,
    cores: 100,
    createsPerHour: 300,
    takenAccounts: new Set(),
    inaccessibleImages: new Set(),
    unregistered: new Set(),
    fullRegions: new Set(),
  };
}

/** `West Europe` and `westeurope` are the same region. */
export const regionName = (location: string) => location.replaceAll(' ', '').toLowerCase();

/** Regions that have a type of resource. */
export const regionsWith = (type: string): string[] =>
  Object.keys(REGIONS).filter((name) => REGIONS[name] || !type.startsWith('Microsoft.ContainerInstance/'));

/** @throws AzureError for a region that is not there, or has none of this */
export function checkRegion(location: string, type: string): void {
  const known = REGIONS[regionName(location)];
  if (known || (known === false && !type.startsWith('Microsoft.ContainerInstance/'))) return;
  const list = regionsWith(type);
  throw new AzureError(
    400,
    'LocationNotAvailableForResourceType',
    `The provided location '${location}' is not available for resource type '${type}'. List of available regions for the resource type is '${list.join(',')}'.`,
  );
}
