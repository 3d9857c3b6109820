import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

import { z } from 'zod';

import type { FileDigest } from './store.js';

/** Raised when an older reader would misread a newer archive. */
const ARCHIVE_VERSION = 1;

/** A path that stays below the folder it is joined to. */
export const inside = z
  .string()
  .min(1)
  .refine(
    (name) =>
      !path.isAbsolute(name) &&
      !/[\0\\]/.test(name) &&
      path.posix.normalize(name) === name &&
      name.split('/')[0] !== '..',
    'must stay inside of its session',
  );
export const sessionId = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/);

/** What a session consists of. */
export const describedSession = z.strictObject({
  directories: z.array(inside),
  files: z.array(
    z.strictObject({ path: inside, size: z.int().min(0), sha256: z.string(), modifiedAt: z.number() }),
  ),
});

const session = z.strictObject({
  /** As the tenant knows it. */
  id: sessionId,
  /** As the runtime that it is from knew it: with the tenant in front, if that was one of a pool. */
  storedAs: sessionId,
  ...describedSession.shape,
});

/** What the first entry of an archive says of all others. */
export const archiveContents = z.strictObject({
  archiveVersion: z.literal(ARCHIVE_VERSION),
  topology: z.string(),
  tenant: z.string(),
  createdAt: z.iso.datetime(),
  sessions: z.array(session),
});

export type ArchiveContents = z.output<typeof archiveContents>;
export type ArchivedSession = ArchiveContents['sessions'][number];
export type DescribedSession = z.output<typeof describedSession>;

export function contentsOf(of: Pick<ArchiveContents, 'topology' | 'tenant' | 'sessions'>): ArchiveContents {
  return { archiveVersion: ARCHIVE_VERSION, createdAt: new Date().toISOString(), ...of };
}

/** Locks say who has a session open on this machine; they mean nothing anywhere else. */
const isLock = (name: string) => /\.(lock|hold)$/.test(name);

/** Directories and files of a session, without its locks, and without links, which lead out of it. */
export async function listSession(folder: string): Promise<{ directories: string[]; files: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const named = entries.map((entry) => ({
    entry,
    name: path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'),
  }));
  const names = (kind: 'isDirectory' | 'isFile') =>
    named
      .filter(({ entry }) => entry[kind]() && !isLock(entry.name))
      .map(({ name }) => name)
      .sort();
  return { directories: names('isDirectory'), files: names('isFile') };
}

/** What is in a folder that nobody writes to. */
export async function describeSession(folder: string): Promise<DescribedSession> {
  const { directories, files } = await listSession(folder);
  const described: DescribedSession['files'] = [];
  for (const name of files) {
    const file = path.join(folder, name);
    const { size, mtimeMs } = await lstat(file);
    described.push({ path: name, size, sha256: await checksum(file), modifiedAt: mtimeMs });
  }
  return { directories, files: described };
}

/** What the files of a session have in them, whatever their times. */
export async function digestsOf(folder: string): Promise<FileDigest[]> {
  const { files } = await describeSession(folder);
  return files.map(({ path: name, sha256 }) => [name, sha256]);
}

async function checksum(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
