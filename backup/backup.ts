import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import { writeArchive } from './archive.js';
import { contentsOf, type ArchiveContents, type ArchivedSession } from './contents.js';
import { BackupError, describeError } from './errors.js';
import { receiveSessions } from './receive.js';
import type { SendOptions, SessionStore } from './store.js';
import type { SentSession } from './wire.js';

export interface BackupProps extends SendOptions {
  readonly topology: string;
  readonly tenant: string;
  readonly stores: readonly SessionStore[];
  /** Archive to write. */
  readonly file: string;
}

/**
 * Writes an archive of the sessions of a tenant. The archive is there when it is complete, and not before.
 *
 * @throws BackupError when a turn takes too long, or something cannot be read, reached or written
 */
export async function backUp(props: BackupProps): Promise<ArchiveContents> {
  const target = path.resolve(props.file);
  const folder = path.dirname(target);
  try {
    await removeLeftovers(target);
    const staging = await mkdtemp(`${target}.partial-`);
    try {
      const sessions = path.join(staging, 'sessions');
      await mkdir(sessions);
      const { topology, tenant } = props;
      const contents = contentsOf({ topology, tenant, sessions: await collect(props, staging, sessions) });
      const archive = path.join(staging, 'archive');
      await writeArchive(archive, sessions, contents);
      await rename(archive, target);
      return contents;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(`cannot back up to ${folder} (${describeError(error)}): nothing was written`, {
      cause: error,
    });
  }
}

/** What a backup to the same file left behind that was killed. */
async function removeLeftovers(target: string): Promise<void> {
  const folder = path.dirname(target);
  const partial = `${path.basename(target)}.partial-`;
  for (const name of await readdir(folder)) {
    if (name.startsWith(partial)) await rm(path.join(folder, name), { recursive: true });
  }
}

/** Gathers the sessions of all stores in one folder. */
async function collect(props: BackupProps, staging: string, into: string): Promise<ArchivedSession[]> {
  const { stores, prefix } = props;
  const collected = new Map<string, ArchivedSession>();
  for (const store of stores) {
    const incoming = await mkdtemp(path.join(staging, 'incoming-'));
    for (const { storedAs, ...described } of await receiveFrom(store, props, incoming)) {
      // Whatever a runtime sends: nothing of another tenant gets into the archive.
      if (!storedAs.startsWith(prefix)) {
        throw new BackupError(`${store.runtime} sent session ${storedAs}, which is of another tenant`);
      }
      if (collected.has(storedAs)) {
        throw new BackupError(`session ${storedAs} is on two replicas: delete the one on ${store.runtime}`);
      }
      await rename(path.join(incoming, storedAs), path.join(into, storedAs));
      collected.set(storedAs, { id: storedAs.slice(prefix.length), storedAs, ...described });
    }
  }
  return [...collected.values()];
}

async function receiveFrom(
  store: SessionStore,
  options: SendOptions,
  folder: string,
): Promise<SentSession[]> {
  const { prefix, waitSeconds } = options;
  try {
    return await receiveSessions(store.send({ prefix, waitSeconds }), folder);
  } catch (error) {
    if (error instanceof BackupError) throw error;
    throw new BackupError(
      `the sessions of ${store.runtime} did not come whole (${describeError(error)}): nothing was written; run it again`,
      { cause: error },
    );
  }
}
