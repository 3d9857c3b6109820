import type { RuntimeId } from '../names.js';
import type { Topology } from '../schema/index.js';

import type { AzureNetworkPlan } from './network.js';
import type { AzureSchedule } from './schedule.js';

type Settings = NonNullable<Topology['azure']>;

/** Where a stack creates its resources. */
export interface AzurePlace {
  readonly location: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
}

/** A container group with what belongs to it, by name and by id: ids are literal, so that a plan shows them. */
export interface AzureGroupPlan extends AzurePlace {
  readonly group: string;
  readonly groupId: string;
  readonly identity: string;
  readonly identityId: string;
  readonly subnetId: string;
  /** Name of its record in the zone. */
  readonly record: string;
  readonly recordId: string;
  /** What clients connect to. */
  readonly host: string;
  /** vCPUs, in steps of a tenth, as Azure counts them. */
  readonly cpu: number;
  /** GiB, in steps of a tenth, as Azure counts them. */
  readonly memoryGiB: number;
}

/** The file share with somebody's sessions. */
export interface AzureSharePlan {
  readonly account: string;
  readonly share: string;
  /** Resource id of the share, as the lock keeps it. */
  readonly id: string;
}

/** One runtime on Azure Container Instances. */
export interface AzureRuntimePlan extends AzureGroupPlan {
  readonly storage: AzureSharePlan;
  /** Names in the vault, by `SECRET_FILES`; one that somebody else owns keeps its name. */
  readonly secrets: {
    readonly connectionToken: string;
    readonly githubToken?: string;
    readonly providerKey?: string;
  };
}

/** The gateway on Azure Container Instances. */
export interface AzureGatewayPlan extends AzureGroupPlan {
  /** Names in the vault. */
  readonly configSecret: string;
  readonly redisPasswordSecret?: string;
  /** By tenant and slot, such as `acme.a`. */
  readonly tokenSecrets: Readonly<Record<string, string>>;
}

/** Where the smoke suite runs, and as whom. Whoever can use the identity can read every token. */
export interface AzureSmokePlan extends AzurePlace {
  readonly identity: string;
  readonly identityId: string;
  readonly subnetId: string;
}

/** What the stacks for Azure need besides the runtimes. */
export interface AzurePlan {
  readonly image: string;
  /** By stack: `base` and the cells. */
  readonly places: Readonly<Record<string, AzurePlace>>;
  /** By stack: the subnets that its runtimes may be in, and that its storage lets in. */
  readonly runtimeSubnetIds: Readonly<Record<string, readonly string[]>>;
  readonly runtimes: Readonly<Record<RuntimeId, AzureRuntimePlan>>;
  readonly gateway?: AzureGatewayPlan;
  readonly smoke?: AzureSmokePlan;
  /** That the kit creates. */
  readonly network?: AzureNetworkPlan;
  readonly keyVault: { readonly id: string; readonly uri: string };
  readonly zone: { readonly id: string; readonly name: string };
  readonly storageAccountPer: Settings['storageAccountPer'];
  readonly storageRedundancy: Settings['storageRedundancy'];
  readonly dnsServers: readonly string[];
  readonly logAnalyticsWorkspaceId?: string;
  readonly pull?: { readonly server: string; readonly identityId: string };
  readonly secretsExpireOn?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly backend: Settings['backend'];
  readonly schedule: AzureSchedule;
}
