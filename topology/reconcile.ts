import type { Lock, LockedVolume } from './lock.js';
import { SHARED_STATE } from './names.js';
import { InputError, quote, type Problem } from './problems.js';

export interface LockResult {
  /** The lock to write. */
  readonly lock: Lock;
  /** What is new, grew or was purged since the lock was written, one sentence each; empty: the lock is current. */
  readonly changes: readonly string[];
}

type LockedTenant = Lock['tenants'][string];

/** A volume that stands in the lock and is planned again. */
interface Kept {
  /** For messages: `tenant acme`, `replica pool/0`. */
  readonly owner: string;
  /** Where the topology says its size. */
  readonly path: readonly string[];
  readonly before: LockedVolume;
  readonly now: LockedVolume;
}

/**
 * Compares what is planned (`wanted`) with what the lock says.
 *
 * Additions and growth are taken up; what disappears, moves or shrinks is refused unless it is purged.
 *
 * @throws {InputError} naming the topology's file, with every refusal
 */
export function reconcileLock(
  lock: Lock | undefined,
  wanted: Lock,
  purge: readonly string[],
  source = 'topology.yaml',
): LockResult {
  if (!lock) return { lock: wanted, changes: [`the lock is new: ${summary(wanted)}`] };
  const foreign = identity(lock, wanted);
  if (foreign.length > 0) throw new InputError(source, foreign);

  const kept = keptVolumes(lock, wanted);
  const problems = [
    ...moved(lock, wanted),
    ...kept.flatMap(shrunk),
    ...replaced(
      kept,
      'class',
      wanted.platform === 'azure' ? ['azure', 'storageRedundancy'] : ['storage', 'class'],
    ),
    ...replaced(kept, 'accessMode', ['storage', 'accessMode']),
    ...kept.flatMap(elsewhere),
    ...missingTenants(lock, wanted, purge),
    ...missingReplicas(lock, wanted, purge),
  ];
  if (problems.length > 0) throw new InputError(source, problems);

  const tenants = Object.fromEntries(
    // A tenant that moved into the pool keeps its entry, for its volume is still there.
    Object.entries(wanted.tenants).map(([id, now]) => [id, { ...lock.tenants[id], ...now }]),
  );
  return {
    lock: { ...wanted, tenants, cells: [...new Set([...lock.cells, ...wanted.cells])].sort() },
    changes: [...additions(lock, wanted), ...kept.flatMap(grown), ...removals(lock, wanted)],
  };
}

function summary(lock: Lock): string {
  const { [SHARED]: together, ...replicas } = lock.pool;
  const pool = together ? 'replicas that share a volume' : `${Object.keys(replicas).length} replicas`;
  return `${Object.keys(lock.tenants).length} tenants, ${pool}`;
}

function identity(lock: Lock, wanted: Lock): Problem[] {
  return (['topology', 'platform'] as const).flatMap((key) =>
    lock[key] === wanted[key]
      ? []
      : [
          {
            path: [key === 'topology' ? 'name' : key],
            message: `is ${quote(wanted[key])}, but the lock beside it is of ${quote(lock[key])}: use the topology that the lock belongs to, or another file for this one`,
          },
        ],
  );
}

function keptVolumes(lock: Lock, wanted: Lock): Kept[] {
  const kept = (owner: string, path: string[], before?: LockedVolume, now?: LockedVolume): Kept[] =>
    before && now ? [{ owner, path, before, now }] : [];
  return [
    ...Object.entries(wanted.tenants).flatMap(([id, { volume }]) =>
      kept(`tenant ${id}`, ['tenants', id, 'sizeGiB'], lock.tenants[id]?.volume, volume),
    ),
    ...Object.entries(wanted.pool).flatMap(([index, { volume }]) =>
      kept(ownerOf(index), sizePath(index), lock.pool[index]?.volume, volume),
    ),
  ];
}

/** What an entry under `pool` is, for a person. */
const ownerOf = (key: string) => (key === SHARED ? SHARED_STATE : `replica pool/${key}`);
const SHARED = 'shared';

const sizePath = (key: string) => (key === SHARED ? ['pool', 'sizeGiB'] : ['storage', 'sizeGiB']);

function moved(lock: Lock, wanted: Lock): Problem[] {
  return Object.entries(wanted.tenants).flatMap(([id, now]) => {
    const before: LockedTenant = lock.tenants[id] ?? {};
    const at = { cell: ['tenants', id, 'cell'], namespace: ['kubernetes', 'existingNamespaces', id] };
    return (['cell', 'namespace'] as const).flatMap((key) =>
      before[key] === undefined || now[key] === undefined || before[key] === now[key]
        ? []
        : [
            {
              path: at[key],
              message: `moves tenant ${id} from ${quote(before[key])} to ${quote(now[key])}, which would delete its state: set it back`,
            },
          ],
    );
  });
}

function shrunk({ owner, path, before, now }: Kept): Problem[] {
  if (now.sizeGiB >= before.sizeGiB) return [];
  const message = `must be at least ${before.sizeGiB}, got ${now.sizeGiB}, for the volume of ${owner} has ${before.sizeGiB} GiB and cannot shrink: use ${before.sizeGiB} or more`;
  return [{ path, message }];
}

/** A file share that would be made anew in another account, resource group or subscription, and so without its files. */
function elsewhere({ owner, path, before, now }: Kept): Problem[] {
  if (before.share === now.share) return [];
  const message = `would move the sessions of ${owner} from ${before.share ?? 'nowhere'} to ${now.share ?? 'nowhere'}, which would delete them: set azure.subscriptionId, azure.resourceGroup and azure.storageAccountPer (and those of the cell) back`;
  return [{ path: path.slice(0, -1), message }];
}

/** One problem for all volumes that would be replaced by the same change. */
function replaced(kept: readonly Kept[], key: 'class' | 'accessMode', path: readonly string[]): Problem[] {
  const changed = kept.filter(({ before, now }) => before[key] !== now[key]);
  const groups = new Map<string | null, Kept[]>();
  for (const one of changed) groups.set(one.before[key], [...(groups.get(one.before[key]) ?? []), one]);
  return [...groups].map(([before, [first, ...more]]) => {
    const owners = more.length === 0 ? first?.owner : `${first?.owner} and ${more.length} more`;
    const fix = before === null ? 'remove it' : `set it back to ${quote(before)}`;
    return {
      path,
      message: `changes from ${before === null ? 'the default' : quote(before)} to ${quote(first?.now[key] ?? undefined)}, which would replace the volume of ${owners}: ${fix}`,
    };
  });
}

function missingTenants(lock: Lock, wanted: Lock, purge: readonly string[]): Problem[] {
  return gone(lock.tenants, wanted.tenants)
    .filter((id) => !purge.includes(id))
    .map((id) => ({
      path: ['tenants', id],
      message:
        'stands in the lock but no longer in the topology: bring it back with "state: retired" to keep its state, or put it under purge to delete it',
    }));
}

function missingReplicas(lock: Lock, wanted: Lock, purge: readonly string[]): Problem[] {
  const left = gone(lock.pool, wanted.pool).filter((key) => !purge.includes(`pool/${key}`));
  if (left.includes(SHARED)) {
    const message = `leaves out ${SHARED_STATE}, the volume with the sessions of the pool: set pool.storage back to shared, or put ${SHARED_STATE} under purge`;
    return [{ path: ['pool', 'storage'], message }];
  }
  const missing = left.map(Number).sort((a, b) => a - b);
  const last = missing.at(-1);
  if (last === undefined) return [];
  const names = missing.map((index) => `pool/${index}`).join(', ');
  const [whose, them] = missing.length === 1 ? ['whose volume holds', 'it'] : ['whose volumes hold', 'them'];
  if (wanted.pool[SHARED]) {
    const message = `leaves out ${names}, ${whose} sessions: set pool.storage back to per-replica, or put ${them} under purge`;
    return [{ path: ['pool', 'storage'], message }];
  }
  const message = `leaves out ${names}, ${whose} sessions: set pool.replicas to ${last + 1} or more, or put ${them} under purge`;
  return [{ path: ['pool', 'replicas'], message }];
}

function additions(lock: Lock, wanted: Lock): string[] {
  return [
    ...Object.entries(wanted.tenants).flatMap(([id, now]) => {
      const before = lock.tenants[id];
      if (!before) return [`tenant ${id} is new`];
      return !before.volume && now.volume ? [`tenant ${id} gets a volume of its own`] : [];
    }),
    ...gone(wanted.pool, lock.pool).map((key) => `${ownerOf(key)} is new`),
    ...wanted.cells.filter((cell) => !lock.cells.includes(cell)).map((cell) => `cell ${cell} is new`),
  ];
}

function grown({ owner, before, now }: Kept): string[] {
  return now.sizeGiB > before.sizeGiB ? [`the volume of ${owner} grows to ${now.sizeGiB} GiB`] : [];
}

/** Everything gone is purged here, for anything else was refused. */
function removals(lock: Lock, wanted: Lock): string[] {
  return [
    ...gone(lock.tenants, wanted.tenants).map((id) => `tenant ${id} is purged: its state is deleted`),
    ...gone(lock.pool, wanted.pool).map((key) => `${ownerOf(key)} is purged: its state is deleted`),
  ];
}

/** Keys of `before` that `now` has no more. */
function gone(before: object, now: object): string[] {
  return Object.keys(before).filter((key) => !Object.hasOwn(now, key));
}
