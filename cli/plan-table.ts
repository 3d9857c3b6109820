import Table from 'cli-table3';

import type { AzureSchedule, Plan, RuntimePlan } from '../topology/index.js';

import { colors, plural } from './output.js';

/** The plan as a table, its warnings below. */
export function planTable(plan: Plan): string {
  const table = new Table({
    head: ['runtime', 'serves', 'cell', 'state', 'idle timeout', 'identity', 'volume'].map((title) =>
      colors.bold(title),
    ),
    style: { head: [], border: [] },
    chars: BORDERLESS,
  });
  for (const runtime of plan.runtimes) {
    table.push([
      runtime.id,
      servedBy(plan, runtime).join(', ') || '–',
      runtime.cell,
      runtime.state,
      runtime.idleTimeoutSeconds === 0 ? 'never' : `${runtime.idleTimeoutSeconds} s`,
      identity(runtime),
      plan.platform === 'local'
        ? runtime.home.replace(/\/home$/, '')
        : `${runtime.volume.sizeGiB} GiB${runtime.sharedState ? ', shared' : ''}`,
    ]);
  }
  const off = Object.entries(plan.routes).flatMap(([id, route]) =>
    route.to === 'nowhere' ? [`${id} (${route.state})`] : [],
  );
  return [
    `${colors.bold(plan.name)}: ${plan.pattern} on ${plan.platform}, ${plural(plan.runtimes.length, 'runtime')} for ${plural(Object.keys(plan.routes).length, 'tenant')}`,
    table.toString(),
    ...(plan.azure ? scheduleLines(plan.azure.schedule) : []),
    ...(off.length > 0 ? [`nothing runs for: ${off.join(', ')}`] : []),
    ...plan.warnings.map(({ code, message }) => `${colors.yellow('warning')} ${message} [${code}]`),
  ].join('\n');
}

/** What a deploy comes to on Azure, which creates the groups of a subnet one after another. */
function scheduleLines({ groups, subnets, cores, regions, minutes }: AzureSchedule): string[] {
  const where = [...new Set(regions.map(({ location }) => location))].join(', ');
  return [
    `${plural(groups, 'container group')} in ${plural(subnets, 'subnet')} of ${where || 'no region'}, ${cores} vCPU; the first deploy takes ${minutes} min at least, a new image twice that: groups of a subnet are made one after another`,
  ];
}

function servedBy(plan: Plan, runtime: RuntimePlan): string[] {
  if (runtime.tenant !== undefined) return [runtime.tenant];
  return Object.entries(plan.routes).flatMap(([id, route]) => (route.to === 'pool' ? [id] : []));
}

function identity({ githubToken, provider, standIns }: RuntimePlan): string {
  if (githubToken) return 'GitHub token';
  if (provider) return `provider (${provider.model})`;
  return standIns.includes('github') ? 'per session (stand-in GitHub)' : 'per session';
}

/** A table that is only aligned. */
export const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: ' ',
} as const;
