import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import { errorCode, RunError } from '../errors.js';

import { readArchive } from './archive.js';
import { describeSession, type ArchivedSession } from './contents.js';
import type { TenantPlaces } from './places.js';
import { renameSession } from './rename-session.js';

const STAGING = '.restore-';

export interface RestoreProps {
  readonly file: string;
  readonly tenant: string;
  readonly to: TenantPlaces;
  /** Folder on the same file system as the sessions, for what is being unpacked. */
  readonly directory: string;
}

export interface Restored {
  readonly sessions: number;
  /** Were there already, from an earlier try. */
  readonly present: number;
}

interface Move {
  readonly from: string;
  readonly to: string;
}

/**
 * Puts the sessions of an archive where a tenant's sessions are now, under the ids that they have there. Each appears
 * whole or not at all, and none takes the place of another: what was interrupted is finished by doing it again.
 *
 * @throws RunError when the archive is damaged, is of another tenant, or a session of the same id is there; nothing has
 * changed then
 */
export async function restore({ file, tenant, to, directory }: RestoreProps): Promise<Restored> {
  try {
    for (const name of await readdir(directory)) {
      if (name.startsWith(STAGING)) await rm(path.join(directory, name), { recursive: true });
    }
    const staging = await mkdtemp(path.join(directory, STAGING));
    try {
      const contents = await readArchive(file, staging);
      if (contents.tenant !== tenant) {
        throw new RunError(
          `${file} is of tenant ${contents.tenant}, not of ${tenant}: restore it with --tenant ${contents.tenant}`,
        );
      }
      const { moves, present } = await planMoves(contents.sessions, staging, to);
      for (const { sessions } of to.places) await mkdir(sessions, { recursive: true, mode: 0o700 });
      for (const move of moves) await rename(move.from, move.to);
      return { sessions: moves.length, present };
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError(
      `cannot restore ${file} (${errorCode(error) ?? String(error)}): run it again when that is mended`,
      { cause: error },
    );
  }
}

async function planMoves(
  sessions: readonly ArchivedSession[],
  staging: string,
  { prefix, places }: TenantPlaces,
): Promise<{ moves: Move[]; present: number }> {
  const moves: Move[] = [];
  const taken: string[] = [];
  let present = 0;
  for (const [index, { id, storedAs }] of sessions.entries()) {
    const from = path.join(staging, storedAs);
    const name = prefix + id;
    if (name !== storedAs) await renameSession(from, storedAs, name);
    const there = places.map((place) => path.join(place.sessions, name)).find((folder) => existsSync(folder));
    if (there === undefined)
      moves.push({ from, to: path.join(places[index % places.length]!.sessions, name) });
    else if (await isSame(from, there)) present++;
    else taken.push(name);
  }
  if (taken.length === 0) return { moves, present };
  throw new RunError(
    `${taken.length === 1 ? 'a session' : `${taken.length} sessions`} of the same id but with another history: ${taken.slice(0, 5).join(', ')}: nothing was restored; delete them there first if those of the archive are to be kept`,
  );
}

async function isSame(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map(describeSession));
  return JSON.stringify(a!.files.map(withoutTime)) === JSON.stringify(b!.files.map(withoutTime));
}

const withoutTime = ({ path: name, sha256 }: ArchivedSession['files'][number]) => [name, sha256];
