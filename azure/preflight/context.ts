import type { Finding } from '../../diagnosis/index.js';
import type { AzureGroupPlan, AzurePlan, Plan } from '../../topology/index.js';
import type { Arm } from '../arm.js';
import type { Group } from '../group.js';

/** What the checks look at. */
export interface PreflightContext {
  readonly arm: Arm;
  readonly plan: Plan;
  readonly azure: AzurePlan;
  /** Container groups of the subscriptions, ours and those of others. */
  readonly groups: readonly Group[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Where Terraform has a group, for the command that takes it over. @default - nobody knows */
  readonly addressOf: (group: string) => TerraformAddress | undefined;
}

/** A resource of a synthesised stack. */
export interface TerraformAddress {
  /** Directory of the stack. */
  readonly directory: string;
  /** Such as `azurerm_container_group.acme`. */
  readonly address: string;
}

/** One thing to look at on an Azure that answers. */
export type PreflightCheck = (context: PreflightContext) => Promise<readonly Finding[]>;

/** Groups that run after the deploy, by the id of whom each is for. */
export function plannedGroups({ plan, azure }: Pick<PreflightContext, 'plan' | 'azure'>) {
  const runtimes = plan.runtimes
    .filter(({ state }) => state === 'active')
    .map(({ id }): readonly [string, AzureGroupPlan] => [id, azure.runtimes[id]!]);
  return azure.gateway ? [...runtimes, ['the gateway', azure.gateway] as const] : runtimes;
}

/** Each value once, in the order of their first place. */
export const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
