import type { RuntimePlan } from '../runtime-plan.js';
import type { SecretSource } from '../schema/common.js';
import type { Warning } from '../warning.js';
import { GROUP_EVERYWHERE, GROUPS_PER_SUBNET, QUOTAS } from './limits.js';
import type { AzurePlan } from './model.js';

/** What of a plan the warnings are about. */
interface Planned {
  readonly azure: AzurePlan;
  readonly runtimes: readonly RuntimePlan[];
}

type Source = (planned: Planned) => readonly Warning[];

/** Minutes of waiting in one subnet above which another one is worth its range. */
const LONG_MINUTES = 15;

const quotas: Source = ({ azure: { schedule } }) =>
  schedule.regions.flatMap(({ location, subscriptionId, groups, cores }) => {
    const asked = [
      ...(groups > QUOTAS.groups ? [`${groups} container groups (${QUOTAS.groups} by default)`] : []),
      ...(cores > QUOTAS.cores ? [`${cores} standard cores (${QUOTAS.cores} by default)`] : []),
      ...(groups > QUOTAS.createsPerHour
        ? [`${groups} container group creates per hour (${QUOTAS.createsPerHour} by default)`]
        : []),
    ];
    return asked.length === 0
      ? []
      : [
          {
            code: 'azure-quota',
            message: `subscription ${subscriptionId} needs ${asked.join(' and ')} in ${location}: ask Azure for them with a support request for quota of Container Instances, or give some cells another location or subscriptionId`,
          },
        ];
  });

const slowSubnets: Source = ({ azure: { schedule } }) => {
  const { inOneSubnet, minutes } = schedule;
  if (inOneSubnet > GROUPS_PER_SUBNET) {
    return [
      {
        code: 'crowded-subnet',
        message: `${inOneSubnet} groups share one subnet, which gets slow above ${GROUPS_PER_SUBNET}: add subnets`,
      },
    ];
  }
  return minutes > LONG_MINUTES
    ? [
        {
          code: 'slow-subnet',
          message: `${inOneSubnet} groups share one subnet and are created one after another, at least ${minutes} min in all: add subnets (runtimeSubnetIds, or network.runtimeSubnets)`,
        },
      ]
    : [];
};

const largeGroups: Source = ({ azure, runtimes }) => {
  const large = runtimes.filter(({ id, state }) => {
    const { cpu = 0, memoryGiB = 0 } = azure.runtimes[id] ?? {};
    return state === 'active' && (cpu > GROUP_EVERYWHERE.cpu || memoryGiB > GROUP_EVERYWHERE.memoryGiB);
  });
  return large.length === 0
    ? []
    : [
        {
          code: 'large-group',
          message: `${large.map(({ id }) => id).join(', ')}: more than ${GROUP_EVERYWHERE.cpu} vCPU or ${GROUP_EVERYWHERE.memoryGiB} GiB, which a region may have no room for; ask for less, or ask Azure for capacity before`,
        },
      ];
};

/** Whose a source is, so that the same secret under two tenants is seen. */
const sourceOf = ({ variable, existingSecret }: SecretSource) => variable ?? existingSecret?.name ?? '';

/** Container Instances cannot shut the metadata address, so that whatever runs in a group is its identity. */
const sharedIdentities: Source = ({ runtimes }) => {
  const owners = new Map<string, Set<string>>();
  for (const { githubToken, state, tenant = 'the pool' } of runtimes) {
    if (!githubToken || state === 'retired') continue;
    const source = sourceOf(githubToken);
    owners.set(source, (owners.get(source) ?? new Set()).add(tenant));
  }
  return [...owners]
    .filter(([, { size }]) => size > 1)
    .map(([source, names]) => ({
      code: 'shared-github-token',
      message: `${[...names].sort().join(', ')} run with the same GitHub token (${source}), and tools of a tenant can read it, since every process of a container group can use the group's identity: give each tenant a token of its own (tenants.<id>.auth.githubToken), or none, so that sessions bring theirs`,
    }));
};

/** What the platform takes in no other way; everything else that is secret is in no state. */
const stateSecrets: Source = ({ azure, runtimes }) => {
  const accounts = new Set(runtimes.map(({ id }) => azure.runtimes[id]?.storage.account));
  const { backend, storageAccountPer, logAnalyticsWorkspaceId } = azure;
  const kept = [
    `the keys of ${accounts.size} storage account${accounts.size === 1 ? '' : 's'} (one per ${storageAccountPer}), by which groups mount their shares`,
    ...(logAnalyticsWorkspaceId === undefined ? [] : ['the key of the Log Analytics workspace']),
  ];
  const limits = [
    ...(backend.type === 'local' ? ['use an encrypted azure.backend instead of local files'] : []),
    'let few read the state',
    ...(storageAccountPer === 'cell' ? ['keep tenants apart by storageAccountPer: tenant'] : []),
    'rotate the keys',
  ];
  return [
    {
      code: 'state-secrets',
      message: `the Terraform state holds ${kept.join(', and ')}, since Container Instances takes nothing else: ${limits.join(', ')}`,
    },
  ];
};

const SOURCES: readonly Source[] = [quotas, slowSubnets, largeGroups, sharedIdentities, stateSecrets];

/** Warnings that need the plan of the groups, in a fixed order. */
export function azureWarnings(planned: Planned): Warning[] {
  return SOURCES.flatMap((source) => source(planned));
}
