import { createReadStream, createWriteStream } from 'node:fs';
import { lstat, mkdir, open, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

import tar from 'tar-stream';

import { archiveContents, type ArchiveContents, type ArchivedSession } from './contents.js';
import { writeEntry } from './entry.js';
import { BackupError, describeError } from './errors.js';

const CONTENTS = 'contents.json';
const entryOf = (session: ArchivedSession, file: string) => `sessions/${session.storedAs}/${file}`;

/** Writes an archive of a folder that has one folder for each session, and sees to it that it is on the disk. */
export async function writeArchive(file: string, folder: string, contents: ArchiveContents): Promise<void> {
  const pack = tar.pack();
  const written = pipeline(pack, createGzip(), createWriteStream(file, { mode: 0o600, flags: 'wx' }));
  const packed = (async () => {
    pack.entry({ name: CONTENTS, mode: 0o600 }, JSON.stringify(contents, null, 2));
    for (const session of contents.sessions) {
      for (const { path: name, size, modifiedAt } of session.files) {
        const header = { name: entryOf(session, name), size, mode: 0o600, mtime: new Date(modifiedAt) };
        await pipeline(createReadStream(path.join(folder, session.storedAs, name)), pack.entry(header));
      }
    }
    pack.finalize();
  })();
  packed.catch((error: Error) => pack.destroy(error));
  await Promise.all([packed, written]);
  const handle = await open(file, 'r');
  await handle.sync();
  await handle.close();
}

/**
 * Unpacks an archive into an empty folder, one folder for each session.
 *
 * @throws BackupError when it is no archive, or anything in it is not as it was when it was made
 */
export async function readArchive(file: string, folder: string): Promise<ArchiveContents> {
  await lstat(file).catch((error: NodeJS.ErrnoException) => {
    throw new BackupError(
      `cannot read ${file} (${error.code}): name an archive that "copilot-runtimes backup" wrote`,
    );
  });
  const extract = tar.extract();
  const source = pipeline(createReadStream(file), createGunzip(), extract);
  try {
    const [contents] = await Promise.all([unpack(extract, folder), source]);
    return contents;
  } catch (error) {
    await source.catch(() => undefined);
    throw new BackupError(`${file} cannot be restored (${describeError(error)}): take another copy of it`, {
      cause: error,
    });
  }
}

async function unpack(extract: AsyncIterable<unknown>, folder: string): Promise<ArchiveContents> {
  let contents: ArchiveContents | undefined;
  const expected = new Map<string, { target: string; file: ArchivedSession['files'][number] }>();
  for await (const entry of extract as AsyncIterable<Readable & { header: { name: string } }>) {
    const { name } = entry.header;
    if (!contents) {
      if (name !== CONTENTS) throw new Error(`it begins with ${name} instead of ${CONTENTS}`);
      contents = archiveContents.parse(JSON.parse(await text(entry)));
      for (const session of contents.sessions) {
        const own = path.join(folder, session.storedAs);
        for (const directory of ['.', ...session.directories])
          await mkdir(path.join(own, directory), { recursive: true, mode: 0o700 });
        for (const one of session.files)
          expected.set(entryOf(session, one.path), { target: path.join(own, one.path), file: one });
      }
      continue;
    }
    const wanted = expected.get(name);
    if (!wanted || !expected.delete(name)) throw new Error(`it has ${name}, which its contents do not name`);
    await unpackFile(entry, wanted.target, wanted.file);
  }
  if (!contents) throw new Error('it is empty');
  const [missing] = expected.keys();
  if (missing !== undefined) throw new Error(`it lacks ${missing}`);
  return contents;
}

async function unpackFile(
  entry: Readable,
  target: string,
  file: ArchivedSession['files'][number],
): Promise<void> {
  const { sha256 } = await writeEntry(entry, target);
  if (sha256 !== file.sha256) throw new Error(`the checksum of ${file.path} is wrong`);
  const modified = new Date(file.modifiedAt);
  await utimes(target, modified, modified);
}
