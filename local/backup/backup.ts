import { copyFile, lstat, mkdir, mkdtemp, readdir, rename, rm, utimes } from 'node:fs/promises';
import path from 'node:path';

import pRetry from 'p-retry';

import { errorCode, RunError } from '../errors.js';

import { writeArchive } from './archive.js';
import {
  contentsOf,
  describeSession,
  listSession,
  type ArchiveContents,
  type ArchivedSession,
} from './contents.js';
import type { SessionPlace, TenantPlaces } from './places.js';

/** Between two tries to copy a session that is being written to, in milliseconds. */
const RETRY_MS = 200;

/** The host's own sessions. */
const HOST_SESSIONS = /^copilot-runtimes-/;

export interface BackupProps {
  readonly topology: string;
  readonly tenant: string;
  readonly from: TenantPlaces;
  /** Archive to write. */
  readonly file: string;
  /** Whether a session has a turn under way. */
  readonly isBusy: (runtime: string, session: string) => Promise<boolean>;
  /** How long a turn that is under way is waited for. */
  readonly waitSeconds: number;
}

/**
 * Writes an archive of the sessions of a tenant. A session is copied while nothing in it changes; sessions of others go
 * on. The archive is there when it is complete, and not before.
 *
 * @throws RunError when a turn takes too long, or something cannot be read or written
 */
export async function backUp(props: BackupProps): Promise<ArchiveContents> {
  const target = path.resolve(props.file);
  const folder = path.dirname(target);
  try {
    await removeLeftovers(target);
    const staging = await mkdtemp(`${target}.partial-`);
    try {
      const sessions = await stage(props, staging);
      const contents = contentsOf({ topology: props.topology, tenant: props.tenant, sessions });
      const archive = path.join(staging, 'archive');
      await writeArchive(archive, staging, contents);
      await rename(archive, target);
      return contents;
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError(
      `cannot back up to ${folder} (${errorCode(error) ?? String(error)}): nothing was written`,
      { cause: error },
    );
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

async function stage(
  { from, isBusy, waitSeconds }: BackupProps,
  staging: string,
): Promise<ArchivedSession[]> {
  const staged: ArchivedSession[] = [];
  for (const place of from.places) {
    for (const storedAs of await sessionsIn(place, from.prefix)) {
      const copy = path.join(staging, storedAs);
      const tries = await pRetry(() => copyAtRest(place, storedAs, copy, isBusy), {
        retries: Math.ceil((waitSeconds * 1000) / RETRY_MS),
        minTimeout: RETRY_MS,
        factor: 1,
        shouldRetry: (error) => error instanceof Busy,
      }).catch((error: unknown) => {
        if (!(error instanceof Busy)) throw error;
        throw new RunError(
          `session ${storedAs} on ${place.runtime} has had a turn under way for ${waitSeconds} s: nothing was written; try again later, or wait longer with --wait`,
        );
      });
      if (tries === 'gone') continue;
      staged.push({ id: storedAs.slice(from.prefix.length), storedAs, ...(await describeSession(copy)) });
    }
  }
  return staged;
}

async function sessionsIn({ sessions }: SessionPlace, prefix: string): Promise<string[]> {
  const names = await readdir(sessions).catch((error: unknown) => {
    // Nobody ever had a session there.
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => name.startsWith(prefix) && !HOST_SESSIONS.test(name)).sort();
}

class Busy extends Error {}

/** @throws Busy when something was written meanwhile */
async function copyAtRest(
  { runtime, sessions }: SessionPlace,
  session: string,
  copy: string,
  isBusy: BackupProps['isBusy'],
): Promise<'copied' | 'gone'> {
  const folder = path.join(sessions, session);
  const atRest = async () => {
    if (await isBusy(runtime, session)) throw new Busy();
    return fingerprint(folder);
  };
  try {
    const before = await atRest();
    await rm(copy, { recursive: true, force: true });
    await copySession(folder, copy);
    if ((await atRest()) !== before) throw new Busy();
    return 'copied';
  } catch (error) {
    // Deleted by its owner, or a file of it: look again.
    if (errorCode(error) !== 'ENOENT') throw error;
    if (await lstat(folder).catch(() => undefined)) throw new Busy();
    return 'gone';
  }
}

/** Names, sizes and times of the files of a session. */
async function fingerprint(folder: string): Promise<string> {
  const { files } = await listSession(folder);
  const stats = await Promise.all(files.map((name) => lstat(path.join(folder, name))));
  return JSON.stringify(files.map((name, index) => [name, stats[index]!.size, stats[index]!.mtimeMs]));
}

async function copySession(folder: string, copy: string): Promise<void> {
  const { directories, files } = await listSession(folder);
  for (const name of ['.', ...directories])
    await mkdir(path.join(copy, name), { recursive: true, mode: 0o700 });
  for (const name of files) {
    const source = path.join(folder, name);
    const { atime, mtime } = await lstat(source);
    await copyFile(source, path.join(copy, name));
    await utimes(path.join(copy, name), atime, mtime);
  }
}
