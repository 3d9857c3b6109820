import { cleanUp, type CleanUpProps, type CleanUpResult } from '../runtime-host/clean-up.js';
import { sessionFolders } from '../runtime-host/session-folders.js';

/** The sessions of one home. */
export interface SessionsFound extends CleanUpResult {
  /** On the volume, without those that were deleted. */
  readonly sessions: number;
  /** When the one that has rested for the longest was last used, in milliseconds since 1970. @default - there is none */
  readonly oldestUse?: number;
}

/**
 * Looks at the sessions of a home, and deletes expired ones unless it is only tried.
 *
 * @throws Error when the home cannot be read, or the runtime does not answer
 */
export async function lookAtHome(props: CleanUpProps): Promise<SessionsFound> {
  const cleaned = await cleanUp(props);
  let sessions = 0;
  let oldestUse = Infinity;
  for await (const { usedAt } of sessionFolders(props.home, 0)) {
    sessions++;
    oldestUse = Math.min(oldestUse, usedAt);
  }
  return { sessions, ...(sessions > 0 && { oldestUse }), ...cleaned };
}
