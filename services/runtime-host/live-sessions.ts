import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of a home that has one folder for each session. */
export const SESSIONS_FOLDER = 'session-state';

/** Ids of the sessions that a runtime has in its memory: it locks each of them with a file named after its process. */
export function liveSessions(home: string, runtimePid: number): string[] {
  const folder = join(home, SESSIONS_FOLDER);
  const lock = `inuse.${runtimePid}.lock`;
  try {
    return readdirSync(folder).filter((id) => existsSync(join(folder, id, lock)));
  } catch {
    // A home that cannot be read: what is running there is known from what the runtime itself said.
    return [];
  }
}
