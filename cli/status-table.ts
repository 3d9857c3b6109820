import Table from 'cli-table3';
import { isAsWanted, type Observation, type Process, type Reason } from '../diagnosis/index.js';
import { GATEWAY_NAME, type Manifest } from '../topology/index.js';

import { age } from './age.js';
import { colors } from './output.js';
import { BORDERLESS } from './plan-table.js';

/** A runtime of a manifest as it stands; what cannot be known is left out. */
export interface StatusRow {
  readonly runtime: string;
  readonly serves: readonly string[];
  readonly state: 'active' | 'suspended' | 'retired';
  /** As the manifest wants it. */
  readonly ok: boolean;
  readonly ready: boolean;
  /** Image, or kind of binary, that runs. */
  readonly version?: string;
  readonly restarts?: number;
  readonly volume?: { readonly phase: string; readonly capacity?: string };
  readonly ageSeconds?: number;
  /** Code of what is wrong now; else how it ended the last time, if that was not in order. */
  readonly lastError?: string;
  readonly reasons: readonly Reason[];
}

export function statusRow(
  { routes }: Manifest,
  observation: Observation,
  reasons: readonly Reason[],
  now = Date.now(),
): StatusRow {
  const { runtime, state, instances, workload, volume } = observation;
  const newest = instances.findLast(({ leaving }) => !leaving) ?? instances.at(-1);
  const { image, restarts } = newest?.process ?? {};
  return {
    runtime,
    serves: Object.entries(routes).flatMap(([tenant, route]) =>
      (route.to === 'runtime' && route.runtime === runtime) ||
      (route.to === 'pool' && (runtime === GATEWAY_NAME || route.replicas.includes(runtime)))
        ? [tenant]
        : [],
    ),
    state,
    ok: isAsWanted(observation),
    ready: workload !== undefined && workload.wanted > 0 && workload.ready >= workload.wanted,
    ...(image !== undefined && { version: image }),
    ...(restarts !== undefined && { restarts }),
    ...(volume && {
      volume: { phase: volume.phase, ...(volume.capacity !== undefined && { capacity: volume.capacity }) },
    }),
    ...(newest?.since !== undefined && { ageSeconds: Math.max(0, Math.round((now - newest.since) / 1000)) }),
    ...lastError(reasons, newest?.process),
    reasons,
  };
}

function lastError(reasons: readonly Reason[], process: Process | undefined): { lastError?: string } {
  if (reasons[0]) return { lastError: reasons[0].code };
  const { exitCode, reason } = process?.lastEnd ?? {};
  if (exitCode === undefined || exitCode === 0) return {};
  return { lastError: `exit ${exitCode}${reason === undefined ? '' : ` (${reason})`}` };
}

/** One line per runtime. */
export function statusTable(rows: readonly StatusRow[]): string {
  const table = new Table({
    head: ['runtime', 'serves', 'state', 'ready', 'version', 'restarts', 'volume', 'age', 'last error'].map(
      (title) => colors.bold(title),
    ),
    style: { head: [], border: [] },
    chars: BORDERLESS,
  });
  for (const row of rows) {
    table.push([
      row.runtime,
      row.serves.join(', ') || '–',
      row.state,
      row.state !== 'active' ? '–' : row.ready ? colors.green('yes') : colors.red('no'),
      shortImage(row.version) ?? '–',
      row.restarts ?? '–',
      row.volume ? (row.volume.capacity ?? row.volume.phase) : '–',
      row.ageSeconds === undefined ? '–' : age(row.ageSeconds),
      row.ok ? (row.lastError ?? '') : colors.red(row.lastError ?? 'unknown'),
    ]);
  }
  return table.toString();
}

/** `registry.example.com/team/copilot-runtimes@sha256:0123…` → `copilot-runtimes@0123456789ab`. */
function shortImage(image: string | undefined): string | undefined {
  return image?.replace(/^.*\//, '').replace(/@sha256:([0-9a-f]{12})[0-9a-f]*$/, '@$1');
}
