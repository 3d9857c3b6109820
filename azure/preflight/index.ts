import { checkVariables, Findings, type Finding } from '../../diagnosis/index.js';
import type { AzurePlan, Plan } from '../../topology/index.js';
import { ephemeralVariables } from '../../topology/variables.js';
import { API_VERSIONS } from '../api-versions.js';
import { connectArm, type Arm } from '../arm.js';
import { AzureError } from '../errors.js';
import type { Group } from '../group.js';

import { unique, type PreflightCheck, type PreflightContext, type TerraformAddress } from './context.js';
import { checkLeftovers } from './leftovers.js';
import { checkResourceGroups } from './places.js';
import { checkProviders } from './providers.js';
import { checkQuota } from './quota.js';
import { reach, type Identity } from './reach.js';
import { checkRights } from './rights.js';
import { checkSecrets } from './secrets.js';
import { checkStorage } from './storage.js';
import { checkSubnets } from './subnets.js';
import { checkVault } from './vault.js';
import { checkZone } from './zone.js';

export type { TerraformAddress } from './context.js';

export interface AzurePreflightReport {
  /** Undefined where no credentials were found. */
  readonly azure?: Identity;
  readonly findings: readonly Finding[];
  /** Everything was looked at; otherwise there may be more than was found. */
  readonly complete: boolean;
}

export interface AzurePreflightOptions {
  /** Where Terraform gets its variables and credentials from. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds since 1970. @default - now */
  readonly now?: number;
  /** Where Terraform has a group, for the command that takes it over. @default - nobody knows */
  readonly addressOf?: (group: string) => TerraformAddress | undefined;
  /** @default - by the credentials in `env` */
  readonly arm?: Arm;
}

const CHECKS: readonly (readonly [string, PreflightCheck])[] = [
  ['providers', checkProviders],
  ['resource groups', checkResourceGroups],
  ['rights', checkRights],
  ['quota', checkQuota],
  ['subnets', checkSubnets],
  ['zone', checkZone],
  ['vault', checkVault],
  ['secrets', checkSecrets],
  ['storage', checkStorage],
  ['leftovers', checkLeftovers],
];

/** Whether a deploy of the plan can go well, found out before anything is written; it only reads. */
export async function preflight(
  plan: Plan,
  azure: AzurePlan,
  { env = process.env, now = Date.now(), addressOf = () => undefined, arm }: AzurePreflightOptions = {},
): Promise<AzurePreflightReport> {
  const variables = checkVariables(ephemeralVariables(plan), env);
  let client: Arm;
  try {
    client = arm ?? (await connectArm({ env }));
  } catch (error) {
    if (!(error instanceof AzureError)) throw error;
    const findings = new Findings('credentials');
    findings.problem(error.message);
    return { findings: [...findings.list, ...variables], complete: false };
  }
  const { identity, findings, answers } = await reach(client, azure);
  if (!answers) return { azure: identity, findings: [...findings, ...variables], complete: false };

  const listed = await groupsOf(client, azure);
  const context: PreflightContext = { arm: client, plan, azure, groups: listed.groups, now, addressOf };
  const results = await Promise.all(CHECKS.map(([name, check]) => run(name, check, context)));
  return {
    azure: identity,
    findings: [
      ...findings,
      ...variables,
      ...listed.findings,
      ...results.flatMap((result) => result.findings),
    ],
    complete: listed.findings.length === 0 && results.every(({ complete }) => complete),
  };
}

/** What may not be looked at is no reason to be silent about the rest. */
async function run(name: string, check: PreflightCheck, context: PreflightContext) {
  try {
    return { findings: await check(context), complete: true };
  } catch (error) {
    return { findings: unseen(name, error), complete: false };
  }
}

function unseen(name: string, error: unknown): readonly Finding[] {
  if (!(error instanceof AzureError)) throw error;
  const findings = new Findings(name);
  findings.warning(`could not be looked at: ${error.message}`);
  return findings.list;
}

/** Container groups of every subscription of the plan: quotas and subnets are shared with others. */
async function groupsOf(arm: Arm, { places }: AzurePlan) {
  try {
    const lists = await Promise.all(
      unique(Object.values(places).map(({ subscriptionId }) => subscriptionId)).map((subscription) =>
        arm.list<Group>(
          `/subscriptions/${subscription}/providers/Microsoft.ContainerInstance/containerGroups`,
          {
            apiVersion: API_VERSIONS.containerInstance,
          },
        ),
      ),
    );
    return { groups: lists.flat(), findings: [] };
  } catch (error) {
    return { groups: [], findings: unseen('groups', error) };
  }
}
