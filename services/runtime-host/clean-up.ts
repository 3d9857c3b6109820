import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeLink } from './link.js';
import { lastUse, sessionFolders, SESSIONS_FOLDER } from './session-folders.js';

/** Sessions that are looked at and deleted together: few, so that little time passes between the two. */
const BATCH = 20;

/** Sessions that one pass deletes at most: a mistake about the time, or a runtime that has other work, has a bound. */
const MOST = 1000;

const HOUR_MS = 3_600_000;

export interface CleanUpProps {
  readonly home: string;
  readonly link: Pick<RuntimeLink, 'call'>;
  /** Hours after its last use when a session may go. */
  readonly ttlHours: number;
  /** Process of the runtime, whose locks are known without asking it. @default - it is asked about every session */
  readonly runtimePid?: number;
  /** @default 1000 */
  readonly most?: number;
  /** Deletes nothing. @default false */
  readonly dryRun?: boolean;
}

/** What a pass found and did. */
export interface CleanUpResult {
  /** Ids of the sessions that may go, those that were deleted included. */
  readonly expired: readonly string[];
  readonly deleted: number;
  readonly freedBytes: number;
}

/**
 * Deletes sessions that nobody has used for long, through the runtime, a few at a time. One that the runtime has in its
 * memory is in use, however long it has been silent. A resume in the milliseconds between the question and the deletion
 * finds that the session is gone, as it would have a moment later.
 *
 * @throws Error when the home cannot be read, or the runtime does not answer
 */
export async function cleanUp(props: CleanUpProps): Promise<CleanUpResult> {
  const { home, runtimePid = 0, ttlHours, most = MOST, dryRun = false } = props;
  const before = Date.now() - ttlHours * HOUR_MS;
  const expired: string[] = [];
  let deleted = 0;
  let freedBytes = 0;
  let batch: string[] = [];
  const flush = async () => {
    const free = await notInUse(props, batch, before);
    batch = [];
    expired.push(...free);
    if (dryRun || free.length === 0) return;
    const freed = await remove(props, free);
    deleted += freed.sessions;
    freedBytes += freed.bytes;
  };
  for await (const session of sessionFolders(home, runtimePid)) {
    if (session.live || session.usedAt >= before) continue;
    batch.push(session.id);
    if (batch.length + expired.length >= most) break;
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return { expired, deleted, freedBytes };
}

/** Those that the runtime does not have in its memory, and that nobody has used since they were found. */
async function notInUse(
  { home, link }: CleanUpProps,
  ids: readonly string[],
  before: number,
): Promise<string[]> {
  const answers = await Promise.all(
    ids.map((sessionId) => link.call('session.metadata.activity', { sessionId })),
  );
  return ids.filter(
    (id, index) =>
      answers[index] === undefined && (lastUse(join(home, SESSIONS_FOLDER, id)) ?? before) < before,
  );
}

async function remove({ home, link }: CleanUpProps, sessionIds: readonly string[]) {
  const answer = await link.call<{ freedBytes: Record<string, number> }>('sessions.bulkDelete', {
    sessionIds,
  });
  const gone = sessionIds.filter((id) => !existsSync(join(home, SESSIONS_FOLDER, id)));
  const bytes = gone.reduce((sum, id) => sum + (answer?.freedBytes[id] ?? 0), 0);
  return { sessions: gone.length, bytes };
}
