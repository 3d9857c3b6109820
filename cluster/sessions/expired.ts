import { z } from 'zod';

import { BackupError } from '../../backup/errors.js';
import type { ManifestRuntime } from '../../topology/index.js';
import type { Cluster } from '../connection.js';

import { askKeeper } from './keeper.js';
import { placedRuntime } from './pod.js';

/** What the session keeper answers. */
const found = z.object({
  sessions: z.int(),
  oldestUse: z.number().optional(),
  expired: z.array(z.string()),
  deleted: z.int(),
  freedBytes: z.number(),
});

/** The sessions of one runtime. */
export type ExpiredSessions = z.output<typeof found>;

/**
 * Looks at the sessions of a runtime on a cluster, and deletes expired ones unless it is only tried.
 *
 * @throws {BackupError} when it does not run, or cannot be asked
 */
export async function expiredSessions(
  cluster: Cluster,
  runtime: string,
  described: Pick<ManifestRuntime, 'endpoint'>,
  { ttlHours, dryRun }: { readonly ttlHours: number; readonly dryRun: boolean },
): Promise<ExpiredSessions> {
  const placed = placedRuntime(runtime, described);
  const times = ['--ttl-hours', String(ttlHours), '--port', String(placed.port)];
  const answer = await askKeeper(cluster, placed, ['expired', ...times, ...(dryRun ? [] : ['--delete'])]);
  const { data } = found.safeParse(answer);
  if (data) return data;
  throw new BackupError(`${runtime}: its session keeper gave no answer: run it again`);
}
