import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';

import {
  localFiles,
  manifestText,
  tenantRuntimeId,
  type Manifest,
  type Plan,
  type RuntimeId,
  type RuntimePlan,
} from '../topology/index.js';

import { errorCode, stateError } from './errors.js';
import type { GivenSecrets } from './secrets.js';

/** Bytes of a connection token; it is root on its runtime. */
const TOKEN_BYTES = 32;

/** Directory of a run, below which everything lies that `up` writes. */
export const stateDirectory = (root: string, name: string) => path.resolve(root, name);

/** Creates the directory of a run; private, and hidden from version control. */
export async function createState(root: string, name: string): Promise<string> {
  const directory = stateDirectory(root, name);
  await privateDirectory(directory);
  const ignore = path.join(directory, '.gitignore');
  // Not over one that exists: it would be somebody else's.
  await writeFile(ignore, '*\n', { flag: 'wx', mode: 0o644 }).catch((error: unknown) => {
    if (errorCode(error) !== 'EEXIST') throw stateError(ignore, error);
  });
  return directory;
}

export async function privateDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await chmod(directory, 0o700);
  } catch (error) {
    throw stateError(directory, error);
  }
}

/** Creates a directory and those above it. Node's own recursive mkdir never returns from a full disk. */
async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const parent = path.dirname(directory);
    if (errorCode(error) === 'EEXIST' && (await isDirectory(directory))) return;
    if (errorCode(error) !== 'ENOENT' || existsSync(parent)) throw error;
    await makeDirectory(parent);
    await makeDirectory(directory);
  }
}

const isDirectory = (file: string) =>
  stat(file).then(
    (found) => found.isDirectory(),
    () => false,
  );

/** Writes a file whole or not at all. */
export async function writeState(file: string, text: string, mode = 0o600): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { mode });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw stateError(file, error);
  }
}

export async function writeManifest(directory: string, manifest: Manifest): Promise<string> {
  const file = path.join(directory, 'manifest.json');
  await writeState(file, manifestText(manifest), 0o644);
  return file;
}

/** The runtime whose state an item under `purge` is. */
export function purgedRuntime(item: string): RuntimeId {
  return item.startsWith('pool/') ? (item as RuntimeId) : tenantRuntimeId(item);
}

/** Deletes the state of what stands under `purge`: the only place where state is ever deleted. */
export async function purgeState(directory: string, plan: Plan): Promise<string[]> {
  const purged: string[] = [];
  for (const item of plan.purge) {
    const target = path.join(directory, localFiles(purgedRuntime(item)).directory);
    if (!existsSync(target)) continue;
    await rm(target, { recursive: true }).catch((error: unknown) => {
      throw stateError(target, error);
    });
    purged.push(item);
  }
  return purged;
}

/**
 * Puts directories and secrets of a runtime in place: a connection token if there is none of this revision, and
 * the GitHub token and provider key that were given.
 *
 * @returns every secret value, for whoever must keep them out of logs
 */
export async function prepareRuntime(
  directory: string,
  planned: RuntimePlan,
  given: GivenSecrets = {},
): Promise<string[]> {
  const files = localFiles(planned.id);
  const at = (file: string) => path.join(directory, file);
  for (const part of [files.directory, files.secrets, files.temporary]) await privateDirectory(at(part));

  const values = [await tokenOfRevision(at(files.connectionToken), planned.connectionToken.revision)];
  for (const [file, value] of [
    [files.githubToken, given.githubToken],
    [files.providerKey, given.providerKey],
  ] as const) {
    if (value === undefined) {
      await rm(at(file), { force: true });
      continue;
    }
    await writeState(at(file), value);
    values.push(value);
  }
  return values;
}

/** The token in a file; a new one if there is none of this revision. */
export async function tokenOfRevision(file: string, revision: number): Promise<string> {
  const mark = `${file}.revision`;
  const [token, known] = await Promise.all(
    [file, mark].map((name) => readFile(name, 'utf8').catch(() => undefined)),
  );
  if (token && known === String(revision)) return token;
  const fresh = randomBytes(TOKEN_BYTES).toString('base64url');
  await writeState(file, fresh);
  await writeState(mark, String(revision));
  return fresh;
}
