import { z } from 'zod';

import { readGenerated } from './generated.js';
import { cellId, tenantId } from './schema/common.js';

/** Raised when a reader of the old version would misread the new one. */
export const LOCK_VERSION = 1;

const volume = z.strictObject({
  sizeGiB: z.int().min(1),
  class: z.string().nullable(),
  accessMode: z.string(),
  /** Resource id of the file share (Azure): its name, account, resource group and subscription. */
  share: z.string().optional(),
});
/** A volume as it was first planned; what of it may still change is said in `reconcileLock`. */
export type LockedVolume = z.output<typeof volume>;

const lockSchema = z.strictObject({
  lockVersion: z.literal(LOCK_VERSION),
  topology: z.string(),
  platform: z.string(),
  /** Every cell there ever was: only the deploy of a cell's stack deletes what was purged from it. */
  cells: z.array(cellId),
  tenants: z.record(
    tenantId,
    z.strictObject({
      /** Of a tenant that is, or once was, dedicated. */
      cell: z.string().optional(),
      namespace: z.string().optional(),
      volume: volume.optional(),
    }),
  ),
  /** By number of the replica, or `shared`: the volume of all replicas. */
  pool: z.record(z.string().regex(/^(\d+|shared)$/), z.strictObject({ volume })),
});

/** What must not change by accident; committed beside the topology. */
export type Lock = z.output<typeof lockSchema>;

/** Reads a lock file. @throws {InputError} when it is not one of this version. */
export function parseLock(text: string, source = 'topology.lock.json'): Lock {
  return readGenerated(text, source, lockSchema, {
    version: 'lockVersion',
    restore: 'restore the lock from version control',
  });
}

/** The text of a lock file: keys sorted, so that a diff shows what changed and nothing else. */
export function printLock(lock: Lock): string {
  const sorted = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ ...lock, tenants: sorted(lock.tenants), pool: sorted(lock.pool) }, null, 2)}\n`;
}
