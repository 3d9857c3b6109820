import { cleanUp, type CleanUpResult } from '../services/runtime-host/clean-up.js';
import { RuntimeLink } from '../services/runtime-host/link.js';
import { sessionFolders } from '../services/runtime-host/session-folders.js';
import type { LocalTarget } from '../smoke/index.js';
import { TargetError } from '../smoke/targets/target-error.js';
import type { Manifest } from '../topology/index.js';

/** The sessions of one runtime. */
export interface SessionsRow extends CleanUpResult {
  readonly runtime: string;
  /** On the volume. */
  readonly sessions: number;
  /** When the one that has rested for the longest was last used, in milliseconds since 1970. @default - there is none */
  readonly oldestUse?: number;
}

export interface LookOptions {
  readonly dryRun: boolean;
  /** Hours after its last use when a session is expired. @default - as the manifest says of each runtime */
  readonly ttlHours?: number | undefined;
}

/**
 * Looks at the sessions of every active runtime of a local deployment, and deletes expired ones unless it is only tried.
 * Sessions that replicas share are never deleted: the lock of the gateway alone knows which are in use.
 *
 * @throws TargetError when a runtime does not run, or its home cannot be read
 */
export async function lookAtSessions(
  manifest: Manifest,
  target: LocalTarget,
  options: LookOptions,
): Promise<SessionsRow[]> {
  const rows: SessionsRow[] = [];
  for (const [runtime, { state, expect, connectionToken }] of Object.entries(manifest.runtimes)) {
    const ttlHours = options.ttlHours ?? expect.sessionTtlHours;
    if (state !== 'active' || ttlHours === undefined) continue;
    const home = target.home(runtime);
    const link = new RuntimeLink(await target.address(runtime), await target.secret(connectionToken));
    try {
      const dryRun = options.dryRun || expect.sharedSessions === true;
      const found = await cleanUp({ home, link, ttlHours, dryRun }).catch((error: Error) => {
        throw new TargetError(
          `cannot look at the sessions of ${runtime} (${error.message}): see "copilot-runtimes status"`,
        );
      });
      rows.push({ runtime, ...(await count(home)), ...found });
    } finally {
      link.close();
    }
  }
  return rows;
}

async function count(home: string): Promise<Pick<SessionsRow, 'sessions' | 'oldestUse'>> {
  let sessions = 0;
  let oldestUse = Infinity;
  for await (const { usedAt } of sessionFolders(home, 0)) {
    sessions++;
    oldestUse = Math.min(oldestUse, usedAt);
  }
  return { sessions, ...(sessions > 0 && { oldestUse }) };
}
