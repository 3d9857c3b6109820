import { mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { readArchive } from './archive.js';
import { digestsOf, type ArchivedSession } from './contents.js';
import { BackupError, describeError } from './errors.js';
import { renameSession } from './rename-session.js';
import { sendFolders, type StoredSession } from './send.js';
import type { FileDigest, SessionStore } from './store.js';

export interface RestoreProps {
  readonly file: string;
  readonly tenant: string;
  /** In front of the ids that the sessions get. */
  readonly prefix: string;
  readonly stores: readonly SessionStore[];
  /** Folder for what is being unpacked. */
  readonly directory: string;
}

export interface Restored {
  readonly sessions: number;
  /** Were there already, from an earlier try. */
  readonly present: number;
}

/**
 * Puts the sessions of an archive where a tenant's sessions are now, under the ids that they have there. Each appears
 * whole or not at all, and none takes the place of another: what was interrupted is finished by doing it again.
 *
 * @throws BackupError when the archive is damaged, is of another tenant, or a session of the same id is there; nothing
 * has changed then
 */
export async function restore({ file, tenant, prefix, stores, directory }: RestoreProps): Promise<Restored> {
  // A tenant has no dot in its id: nothing of another one, who may be restored just now, begins like this.
  const own = `.unpacked-${tenant}.`;
  try {
    for (const name of await readdir(directory)) {
      if (name.startsWith(own)) await rm(path.join(directory, name), { recursive: true });
    }
    const staging = await mkdtemp(path.join(directory, own));
    try {
      const contents = await readArchive(file, staging);
      if (contents.tenant !== tenant) {
        throw new BackupError(
          `${file} is of tenant ${contents.tenant}, not of ${tenant}: restore it with --tenant ${contents.tenant}`,
        );
      }
      const sessions = await renameAll(contents.sessions, staging, prefix);
      const missing = await missingOf(sessions, stores);
      for (const [index, store] of stores.entries()) {
        const share = missing.filter((_, position) => position % stores.length === index);
        if (share.length > 0) await store.receive(tenant, sendFolders(share));
      }
      return { sessions: missing.length, present: sessions.length - missing.length };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(
      `cannot restore ${file} (${describeError(error)}): run it again when that is mended`,
      { cause: error },
    );
  }
}

/** Gives the sessions the ids that they have from now on. */
async function renameAll(
  sessions: readonly ArchivedSession[],
  staging: string,
  prefix: string,
): Promise<StoredSession[]> {
  const renamed: StoredSession[] = [];
  for (const { id, storedAs } of sessions) {
    const session = { id: prefix + id, folder: path.join(staging, storedAs) };
    if (session.id !== storedAs) await renameSession(session.folder, storedAs, session.id);
    renamed.push(session);
  }
  return renamed;
}

/**
 * Those of the sessions that no store has yet.
 *
 * @throws BackupError when there is one with another history
 */
async function missingOf(
  sessions: readonly StoredSession[],
  stores: readonly SessionStore[],
): Promise<StoredSession[]> {
  const there = new Map<string, readonly FileDigest[]>();
  for (const store of stores) {
    const found = await store.look(sessions.map(({ id }) => id));
    for (const [id, files] of Object.entries(found)) there.set(id, files);
  }
  const taken: string[] = [];
  for (const { id, folder } of sessions) {
    const found = there.get(id);
    if (found && JSON.stringify(found) !== JSON.stringify(await digestsOf(folder))) taken.push(id);
  }
  if (taken.length === 0) return sessions.filter(({ id }) => !there.has(id));
  throw new BackupError(
    `${taken.length === 1 ? 'a session' : `${taken.length} sessions`} of the same id but with another history: ${taken.slice(0, 5).join(', ')}: nothing was restored; delete them there first if those of the archive are to be kept`,
  );
}
