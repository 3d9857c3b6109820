import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import pRetry from 'p-retry';
import tar, { type Pack } from 'tar-stream';

import { listSession, type DescribedSession } from './contents.js';
import { BackupError, describeError, errorCode } from './errors.js';
import type { SendOptions } from './store.js';
import { WIRE, type SentSession } from './wire.js';

/** Between two tries to send a session that is being written to, in milliseconds. */
const RETRY_MS = 200;

/** The host's own sessions, and what is only being restored. */
const NO_SESSION = /^(copilot-runtimes-|\.)/;

/** A session, and the folder that its files are in. */
export interface StoredSession {
  readonly id: string;
  readonly folder: string;
}

export interface SendTenantOptions extends SendOptions {
  /** For messages. */
  readonly runtime: string;
  /** Folder with one folder for each session. */
  readonly sessions: string;
  readonly isBusy: IsBusy;
}

/** Whether a session has a turn under way. */
export type IsBusy = (session: string) => Promise<boolean>;

type Described = DescribedSession['files'][number];

/**
 * Sends the sessions of a tenant, each as it was while nothing in it changed; sessions of others go on. Nothing is
 * written: a volume that is full can be saved too.
 *
 * @returns what `receiveSessions` reads; it fails with a BackupError when a turn takes too long
 */
export function sendSessions({
  runtime,
  sessions,
  prefix,
  waitSeconds,
  isBusy,
}: SendTenantOptions): Readable {
  return packed(runtime, async (pack) => {
    const found = await sessionsIn(sessions, prefix);
    let sent = 0;
    for (const session of found) {
      const outcome = await pRetry(() => sendAtRest(pack, session, isBusy), {
        retries: Math.ceil((waitSeconds * 1000) / RETRY_MS),
        minTimeout: RETRY_MS,
        factor: 1,
        shouldRetry: (error) => error instanceof Busy,
      }).catch((error: unknown) => {
        if (!(error instanceof Busy)) throw error;
        throw new BackupError(
          `session ${session.id} on ${runtime} has had a turn under way for ${waitSeconds} s: nothing was written; try again later, or wait longer with --wait`,
        );
      });
      if (outcome === 'sent') sent++;
    }
    return sent;
  });
}

/** Sends sessions that nobody writes to, each under its id. */
export function sendFolders(sessions: readonly StoredSession[]): Readable {
  return packed('the archive', async (pack) => {
    for (const session of sessions) await sendAtRest(pack, session, () => Promise.resolve(false));
    return sessions.length;
  });
}

/** @param send returns the number of sessions */
function packed(from: string, send: (pack: Pack) => Promise<number>): Readable {
  const pack = tar.pack();
  send(pack).then(
    (sessions) => {
      note(pack, WIRE.end, { sessions });
      pack.finalize();
    },
    (error: unknown) => {
      const known = error instanceof BackupError;
      pack.destroy(
        known ? error : new BackupError(`cannot read the sessions of ${from} (${describeError(error)})`),
      );
    },
  );
  return pack as unknown as Readable;
}

async function sessionsIn(sessions: string, prefix: string): Promise<StoredSession[]> {
  const entries = await readdir(sessions, { withFileTypes: true }).catch((error: unknown) => {
    // Nobody ever had a session there.
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix) && !NO_SESSION.test(entry.name))
    .map(({ name }) => ({ id: name, folder: path.join(sessions, name) }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

class Busy extends Error {}

/** @throws Busy when a turn runs, or something was written meanwhile */
async function sendAtRest(
  pack: Pack,
  { id, folder }: StoredSession,
  isBusy: IsBusy,
): Promise<'sent' | 'gone'> {
  const atRest = async () => {
    if (await isBusy(id)) throw new Busy();
    return fingerprint(folder);
  };
  let begun = false;
  try {
    const before = await atRest();
    begun = true;
    const { directories, files } = await listSession(folder);
    const described: Described[] = [];
    for (const file of files) described.push(await sendFile(pack, id, folder, file));
    if ((await atRest()) !== before) throw new Busy();
    note(pack, WIRE.session, { storedAs: id, directories, files: described } satisfies SentSession);
    return 'sent';
  } catch (error) {
    const gone = errorCode(error) === 'ENOENT';
    if (begun && (gone || error instanceof Busy)) note(pack, WIRE.forget, { storedAs: id });
    // Deleted by its owner, or a file of it: look again.
    if (!gone) throw error;
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

async function sendFile(pack: Pack, session: string, folder: string, name: string): Promise<Described> {
  // A link that takes the place of a file meanwhile would lead out of the session.
  const handle = await open(path.join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { size, mtimeMs: modifiedAt } = await handle.stat();
    const hash = createHash('sha256');
    const entry = pack.entry({ name: `${WIRE.files}${session}/${name}`, size, mode: 0o600 });
    const content = exactly(handle.createReadStream({ autoClose: false }), size, hash);
    await pipeline(content, entry as unknown as NodeJS.WritableStream);
    return { path: name, size, sha256: hash.digest('hex'), modifiedAt };
  } finally {
    await handle.close();
  }
}

/** As many bytes as were announced, whatever happens to the file: what changes is sent again. */
async function* exactly(content: AsyncIterable<Buffer>, size: number, hash: Hash): AsyncGenerator<Buffer> {
  let left = size;
  for await (const chunk of content) {
    const wanted = chunk.subarray(0, left);
    left -= wanted.length;
    hash.update(wanted);
    yield wanted;
    if (left === 0) return;
  }
  for (; left > 0; left -= Math.min(left, 65_536)) yield Buffer.alloc(Math.min(left, 65_536));
}

function note(pack: Pack, name: string, value: object): void {
  pack.entry({ name, mode: 0o600 }, JSON.stringify(value));
}
