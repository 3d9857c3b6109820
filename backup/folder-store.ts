import { mkdir, mkdtemp, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';

import { digestsOf } from './contents.js';
import { BackupError, describeError, errorCode } from './errors.js';
import { receiveSessions } from './receive.js';
import { sendSessions } from './send.js';
import type { FileDigest, SendOptions, SessionStore } from './store.js';

export interface FolderStoreOptions {
  readonly runtime: string;
  /** Folder with one folder for each session, or a link to it; made when it is needed. */
  readonly sessions: string;
  /** Whether a session has a turn under way. */
  readonly isBusy: (session: string) => Promise<boolean>;
}

/** Sessions in a folder that this process can read and write. */
export class FolderStore implements SessionStore {
  constructor(private readonly options: FolderStoreOptions) {}

  get runtime(): string {
    return this.options.runtime;
  }

  send(options: SendOptions): Readable {
    return sendSessions({ ...options, ...this.options });
  }

  async look(ids: readonly string[]): Promise<Record<string, readonly FileDigest[]>> {
    const { runtime, sessions } = this.options;
    const found: Record<string, readonly FileDigest[]> = {};
    try {
      for (const id of ids) {
        const folder = path.join(sessions, id);
        if (await isThere(folder)) found[id] = await digestsOf(folder);
      }
      return found;
    } catch (error) {
      throw new BackupError(
        `cannot look at the sessions of ${runtime} (${describeError(error)}): run it again`,
        {
          cause: error,
        },
      );
    }
  }

  async receive(tenant: string, stream: Readable): Promise<void> {
    const { runtime } = this.options;
    try {
      await mkdir(this.options.sessions, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
        // A link to the sessions of all replicas.
        if (errorCode(error) !== 'EEXIST') throw error;
      });
      const sessions = await realpath(this.options.sessions);
      const beside = await stagingParent(sessions);
      // A tenant has no dot in its id: nothing of another one, who may be restored just now, begins like this.
      const prefix = `.restore-${tenant}.`;
      for (const name of await readdir(beside)) {
        if (name.startsWith(prefix)) await rm(path.join(beside, name), { recursive: true });
      }
      const staging = await mkdtemp(path.join(beside, prefix));
      try {
        for (const { storedAs } of await receiveSessions(stream, staging))
          await moveIn(path.join(staging, storedAs), path.join(sessions, storedAs));
      } finally {
        await rm(staging, { recursive: true, force: true });
      }
    } catch (error) {
      if (error instanceof BackupError) throw error;
      throw new BackupError(
        `cannot write the sessions to ${runtime} (${describeError(error)}): run it again when that is mended`,
        { cause: error },
      );
    }
  }
}

/** Beside the sessions, where no runtime looks; inside, where they are a volume of their own and cannot be moved to. */
async function stagingParent(sessions: string): Promise<string> {
  const parent = path.dirname(sessions);
  const [own, above] = await Promise.all([stat(sessions), stat(parent)]);
  return own.dev === above.dev ? parent : sessions;
}

/** @throws BackupError when a session of this id has come meanwhile */
async function moveIn(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    throw new BackupError(
      `session ${path.basename(to)} has just been created there: stop the clients of the tenant, and run it again`,
      { cause: error },
    );
  });
}

async function isThere(folder: string): Promise<boolean> {
  return (await stat(folder).catch(() => undefined)) !== undefined;
}
