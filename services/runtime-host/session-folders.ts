import { existsSync, readdirSync, statSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';

/** Folder of a home that has one folder for each session; a link to the one of all replicas where they share it. */
export const SESSIONS_FOLDER = 'session-state';

/** What the ids of the host's own sessions begin with. */
const OWN_SESSIONS = 'copilot-runtimes-';

/** The session as a runtime left it on the disk. */
export interface SessionFolder {
  readonly id: string;
  /** When it was last created, attached, detached or written to, in milliseconds since 1970. */
  readonly usedAt: number;
  /** The runtime of this home has it in its memory. */
  readonly live: boolean;
}

/** A runtime locks each session in its memory with a file that is named after its process. */
const lockOf = (pid: number) => `inuse.${pid}.lock`;

/** Ids of the sessions that a runtime has in its memory. */
export function liveSessions(home: string, runtimePid: number): string[] {
  const folder = join(home, SESSIONS_FOLDER);
  try {
    return readdirSync(folder).filter((id) => existsSync(join(folder, id, lockOf(runtimePid))));
  } catch {
    // A home that cannot be read: what is running there is known from what the runtime itself said.
    return [];
  }
}

/**
 * Every session of the clients of a home, one by one, so that thousands of them neither fill the memory nor stop the host.
 *
 * @throws Error when the home cannot be read
 */
export async function* sessionFolders(home: string, runtimePid: number): AsyncGenerator<SessionFolder> {
  const parent = join(home, SESSIONS_FOLDER);
  for await (const entry of await opendir(parent)) {
    // What is only being restored begins with a dot.
    if (!entry.isDirectory() || entry.name.startsWith(OWN_SESSIONS) || entry.name.startsWith('.')) continue;
    const path = join(parent, entry.name);
    const usedAt = lastUse(path);
    if (usedAt === undefined) continue;
    yield {
      id: entry.name,
      usedAt,
      live: existsSync(join(path, lockOf(runtimePid))),
    };
  }
}

/** When a session was last used, in milliseconds since 1970; undefined when it is gone. */
export function lastUse(folder: string): number | undefined {
  const own = statSync(folder, { throwIfNoEntry: false });
  const history = statSync(join(folder, 'events.jsonl'), { throwIfNoEntry: false });
  // A lock that comes and goes changes the folder, a turn only the history.
  return own && Math.max(own.mtimeMs, history?.mtimeMs ?? 0);
}
