import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { deploymentManifestFile, InputError } from '../topology/index.js';

import type { RenderedFile } from './files.js';

export interface WriteResult {
  readonly written: number;
  /** Files of an earlier render that are gone now. */
  readonly removed: readonly string[];
}

interface Marker {
  readonly renderVersion: 1;
  readonly files: readonly string[];
}

/** Lists what a render wrote, so that the next one knows what it may overwrite and remove. */
export const markerFile = (topology: string) => `.copilot-runtimes-render.${topology}.json`;

/**
 * Writes a render into a directory, and removes what an earlier render of the same topology wrote and this one did
 * not. Files of others are never touched.
 *
 * @throws {InputError} when a file of somebody else is in the way, or nothing can be written
 */
export async function writeRender(
  directory: string,
  topology: string,
  files: readonly RenderedFile[],
): Promise<WriteResult> {
  try {
    const earlier = await readMarker(directory, topology);
    await refuseForeign(directory, files, new Set(earlier));
    const now = files.map(({ path: file }) => file);
    const stale = earlier.filter((file) => !now.includes(file));

    await mkdir(directory, { recursive: true });
    // Both lists while it goes on: after an interruption the next render still knows every file.
    await writeMarker(directory, topology, [...now, ...stale]);
    for (const { path: file, text, secret } of files) {
      const target = path.join(directory, file);
      await mkdir(path.dirname(target), { recursive: true });
      await replace(target, text, secret === true ? 0o600 : 0o644);
    }
    for (const file of stale) await rm(path.join(directory, file), { force: true });
    for (const folder of new Set(stale.map((file) => path.dirname(file))))
      await removeEmpty(directory, folder);
    await writeMarker(directory, topology, now);
    return { written: files.length, removed: stale };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof InputError || code === undefined) throw error;
    throw problem(directory, `cannot be written (${code}): name a directory that you may write to`);
  }
}

async function readMarker(directory: string, topology: string): Promise<readonly string[]> {
  const file = path.join(directory, markerFile(topology));
  const text = await readIfThere(file);
  if (text === undefined) return [];
  const { files } = parse(text);
  // The list decides what is deleted: it must not lead out of the directory.
  const inside = (entry: unknown) =>
    typeof entry === 'string' &&
    (entry === deploymentManifestFile(topology) ||
      (/^[a-z0-9-]+\/[a-z0-9_-][a-z0-9._-]*$/.test(entry) && entry.startsWith(`${topology}-`)));
  if (!Array.isArray(files) || !files.every(inside)) {
    throw problem(file, 'is no list of an earlier render: restore it, or render into an empty directory');
  }
  return files as string[];
}

function parse(text: string): Partial<Marker> {
  try {
    return (JSON.parse(text) as Partial<Marker> | null) ?? {};
  } catch {
    return {};
  }
}

async function refuseForeign(
  directory: string,
  files: readonly RenderedFile[],
  mine: ReadonlySet<string>,
): Promise<void> {
  const foreign: string[] = [];
  for (const { path: file, text } of files) {
    if (mine.has(file)) continue;
    const there = await readIfThere(path.join(directory, file));
    if (there !== undefined && there !== text) foreign.push(file);
  }
  if (foreign.length === 0) return;
  throw new InputError(
    directory,
    foreign.map((file) => ({
      path: [],
      message: `has a file ${file} that no earlier render wrote: move it away, or render into an empty directory`,
    })),
  );
}

async function writeMarker(directory: string, topology: string, files: readonly string[]): Promise<void> {
  const marker: Marker = { renderVersion: 1, files: [...new Set(files)].sort() };
  await replace(path.join(directory, markerFile(topology)), `${JSON.stringify(marker, null, 2)}\n`, 0o644);
}

/** Whole or not at all; a link in its place is replaced, not followed. */
async function replace(file: string, text: string, mode: number): Promise<void> {
  const suffix = createHash('sha256').update(`${file}\0${process.pid}`).digest('hex').slice(0, 8);
  const temporary = path.join(path.dirname(file), `.${suffix}.tmp`);
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function removeEmpty(directory: string, folder: string): Promise<void> {
  const place = path.join(directory, folder);
  const entries = await readdir(place).catch(() => undefined);
  if (entries?.length === 0) await rmdir(place);
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function problem(place: string, message: string): InputError {
  return new InputError(place, [{ path: [], message }]);
}
