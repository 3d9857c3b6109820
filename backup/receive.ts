import { mkdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

import tar from 'tar-stream';

import { inside, sessionId } from './contents.js';
import { writeEntry, type Written } from './entry.js';
import { endEntry, forgetEntry, sessionEntry, WIRE, type SentSession } from './wire.js';

/**
 * Puts the sessions of a stream into a folder, one folder for each. What comes from elsewhere is held against what is
 * said of it, and nothing is written outside of the folder, whoever sends it.
 *
 * @throws Error when the stream is damaged, or ends before its end; what is in the folder then is not to be used
 */
export async function receiveSessions(stream: Readable, folder: string): Promise<SentSession[]> {
  const extract = tar.extract();
  const piped = pipeline(stream, extract as unknown as NodeJS.WritableStream);
  piped.catch(() => undefined);
  try {
    const sessions = await unpack(extract as AsyncIterable<Entry>, folder);
    if (sessions) return sessions;
    // Its own error, when it has one, says more.
    await piped;
    throw new Error('it ended too early');
  } catch (error) {
    // Of a stream that broke off, an entry only tells that it is gone.
    throw stream.errored ?? error;
  } finally {
    stream.destroy();
    await piped.catch(() => undefined);
  }
}

type Entry = Readable & { readonly header: { readonly name: string } };

/** @returns undefined when the last entry is missing */
async function unpack(entries: AsyncIterable<Entry>, folder: string): Promise<SentSession[] | undefined> {
  const sessions: SentSession[] = [];
  const received = new Map<string, Written>();
  for await (const entry of entries) {
    const { name } = entry.header;
    if (name.startsWith(WIRE.files)) {
      await receiveFile(entry, folder, name.slice(WIRE.files.length), received);
      continue;
    }
    const said: unknown = JSON.parse(await text(entry));
    switch (name) {
      case WIRE.session: {
        const session = sessionEntry.parse(said);
        await complete(session, path.join(folder, session.storedAs), received);
        sessions.push(session);
        break;
      }
      case WIRE.forget:
        await rm(path.join(folder, forgetEntry.parse(said).storedAs), { recursive: true, force: true });
        received.clear();
        break;
      case WIRE.end:
        if (endEntry.parse(said).sessions === sessions.length) return sessions;
        throw new Error(`it has ${sessions.length} sessions, which are not all`);
      default:
        throw new Error(`it has ${name}, which no session needs`);
    }
  }
  return undefined;
}

async function receiveFile(
  entry: Readable,
  folder: string,
  name: string,
  received: Map<string, Written>,
): Promise<void> {
  const slash = name.indexOf('/');
  const session = sessionId.parse(name.slice(0, slash));
  const target = path.join(folder, session, inside.parse(name.slice(slash + 1)));
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  received.set(name, await writeEntry(entry, target));
}

/** The files that came are those that the session has. */
async function complete(
  { storedAs, directories, files }: SentSession,
  own: string,
  received: Map<string, Written>,
): Promise<void> {
  for (const directory of ['.', ...directories])
    await mkdir(path.join(own, directory), { recursive: true, mode: 0o700 });
  for (const { path: name, size, sha256, modifiedAt } of files) {
    const key = `${storedAs}/${name}`;
    const found = received.get(key);
    if (!found) throw new Error(`it lacks ${key}`);
    if (found.size !== size || found.sha256 !== sha256) throw new Error(`the checksum of ${key} is wrong`);
    received.delete(key);
    const modified = new Date(modifiedAt);
    await utimes(path.join(own, name), modified, modified);
  }
  const [stranger] = received.keys();
  if (stranger !== undefined) throw new Error(`it has ${stranger}, which is of no session`);
}
