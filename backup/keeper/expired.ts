import { z } from 'zod';

import { BackupError } from '../errors.js';

import { askKeeper, type Keeper } from './keeper.js';

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
 * Looks at the sessions of a runtime in its container, and deletes expired ones unless it is only tried.
 *
 * @throws {BackupError} when it does not run, or cannot be asked
 */
export async function expiredSessions(
  keeper: Keeper,
  { ttlHours, dryRun }: { readonly ttlHours: number; readonly dryRun: boolean },
): Promise<ExpiredSessions> {
  const times = ['--ttl-hours', String(ttlHours), '--port', String(keeper.port)];
  const answer = await askKeeper(keeper, ['expired', ...times, ...(dryRun ? [] : ['--delete'])]);
  const { data } = found.safeParse(answer);
  if (data) return data;
  throw new BackupError(`${keeper.runtime}: its session keeper gave no answer: run it again`);
}
