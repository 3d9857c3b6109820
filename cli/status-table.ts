import Table from 'cli-table3';
import {
  isAsWanted,
  type Observation,
  type Process,
  type Reason,
  type Usage,
  type Volume,
} from '../diagnosis/index.js';
import { GATEWAY_NAME, type Manifest } from '../topology/index.js';

import { age } from './age.js';
import { bytes } from './bytes.js';
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
  /** Of the runtime. */
  readonly version?: string;
  /** Image, or kind of binary, that runs. */
  readonly image?: string;
  readonly restarts?: number;
  /** `live`: in the memory of the runtime; of a gateway those that are attached. `all`: on the volume. */
  readonly sessions?: { readonly live?: number; readonly all?: number };
  readonly runningTurns?: number;
  /** Of the runtime process. */
  readonly memoryBytes?: number;
  /** The claim or share as the platform knows it, and how full it is by the host. */
  readonly volume?: {
    readonly phase?: string;
    readonly capacity?: string;
    readonly usedBytes?: number;
    readonly sizeBytes?: number;
  };
  readonly ageSeconds?: number;
  /** Code of what is wrong now; else how it ended the last time, if that was not in order. */
  readonly lastError?: string;
  /** When its host said all that, where that was not just now (Azure). */
  readonly usageAgeSeconds?: number;
  /** Why sessions, memory and volume are not known. */
  readonly unknown?: string;
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
  const { image, restarts, usage, usageUnknown } = newest?.process ?? {};
  const secondsSince = (time: number) => Math.max(0, Math.round((now - time) / 1000));
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
    ...(image !== undefined && { image }),
    ...(restarts !== undefined && { restarts }),
    ...usageFields(usage),
    ...volumeField(volume, usage),
    ...(newest?.since !== undefined && { ageSeconds: secondsSince(newest.since) }),
    ...lastError(reasons, newest?.process),
    ...(usage?.at !== undefined && { usageAgeSeconds: secondsSince(usage.at) }),
    ...(usageUnknown !== undefined && { unknown: usageUnknown }),
    reasons,
  };
}

function usageFields({ version, liveSessions: live, sessions: all, runningTurns, memoryBytes }: Usage = {}) {
  const sessions = known({ live, all });
  return known({
    version,
    runningTurns,
    memoryBytes,
    sessions: Object.keys(sessions).length > 0 ? sessions : undefined,
  });
}

function volumeField(volume: Volume | undefined, usage: Usage | undefined): Pick<StatusRow, 'volume'> {
  const { phase, capacity } = volume ?? {};
  const field = known({ phase, capacity, ...usage?.volume });
  return Object.keys(field).length > 0 ? { volume: field } : {};
}

/** Without what is not known. */
const known = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };

function lastError(reasons: readonly Reason[], process: Process | undefined): { lastError?: string } {
  if (reasons[0]) return { lastError: reasons[0].code };
  const { exitCode, reason } = process?.lastEnd ?? {};
  if (exitCode === undefined || exitCode === 0) return {};
  return { lastError: `exit ${exitCode}${reason === undefined ? '' : ` (${reason})`}` };
}

const COLUMNS = [
  'runtime',
  'serves',
  'ready',
  'version',
  'image',
  'restarts',
  'sessions',
  'memory',
  'volume',
  'age',
  'last error',
];

/** One line per runtime; `–` is not known, or does not apply. */
export function statusTable(rows: readonly StatusRow[]): string {
  const table = new Table({
    head: COLUMNS.map((title) => colors.bold(title)),
    style: { head: [], border: [] },
    chars: BORDERLESS,
  });
  for (const row of rows) {
    table.push([
      row.runtime,
      row.serves.join(', ') || '–',
      row.state !== 'active' ? row.state : row.ready ? colors.green('yes') : colors.red('no'),
      row.version ?? '–',
      shortImage(row.image) ?? '–',
      row.restarts ?? '–',
      sessionsText(row.sessions),
      row.memoryBytes === undefined ? '–' : bytes(row.memoryBytes),
      volumeText(row.volume),
      row.ageSeconds === undefined ? '–' : age(row.ageSeconds),
      row.ok ? (row.lastError ?? '') : colors.red(row.lastError ?? 'unknown'),
    ]);
  }
  return table.toString();
}

/** `3 of 120`: those in the memory, of all on the volume. */
function sessionsText({ live, all }: StatusRow['sessions'] = {}): string {
  if (all === undefined) return live === undefined ? '–' : String(live);
  return live === undefined ? `– of ${all}` : `${live} of ${all}`;
}

function volumeText({ phase, capacity, usedBytes, sizeBytes }: StatusRow['volume'] = {}): string {
  // A claim that is not bound has no size, whatever its host sees.
  if (phase !== undefined && phase !== 'Bound') return phase;
  if (usedBytes === undefined || sizeBytes === undefined)
    return capacity ? `– of ${capacity}` : (phase ?? '–');
  return `${bytes(usedBytes)} of ${bytes(sizeBytes)}`;
}

/** `registry.example.com/team/copilot-runtimes@sha256:0123…` → `copilot-runtimes@0123456789ab`. */
function shortImage(image: string | undefined): string | undefined {
  return image?.replace(/^.*\//, '').replace(/@sha256:([0-9a-f]{12})[0-9a-f]*$/, '@$1');
}
