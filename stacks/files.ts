import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import {
  InputError,
  lockOf,
  parseLock,
  parseTopology,
  planTopology,
  printLock,
  reconcileLock,
  type LockResult,
  type Plan,
  type Topology,
} from '../topology/index.js';

/** A topology file read, planned and held against its lock. */
export interface LoadedTopology extends LockResult {
  readonly file: string;
  readonly lockFile: string;
  readonly topology: Topology;
  readonly plan: Plan;
}

/**
 * Reads a topology and the lock beside it (`prod.yaml` → `prod.lock.json`).
 *
 * @throws {InputError} with every mistake in either file
 */
export async function loadTopology(file: string): Promise<LoadedTopology> {
  const lockFile = `${file.replace(/\.(ya?ml|json)$/, '')}.lock.json`;
  const topology = parseTopology(await readInput(file), file);
  const lockText = await readInput(lockFile).catch((error: unknown) => {
    if (
      error instanceof InputError &&
      (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
    ) {
      return undefined;
    }
    throw error;
  });
  await refuseTwin(file, lockFile, topology);
  const lock = lockText === undefined ? undefined : parseLock(lockText, lockFile);
  const plan = planTopology(topology, lock);
  return {
    file,
    lockFile,
    topology,
    plan,
    ...reconcileLock(lock, lockOf(topology, plan), topology.purge, file),
  };
}

/**
 * Refuses a topology when another one beside it has the same name: both would own the same physical names, and each
 * deploy would take down what the other has put up.
 */
async function refuseTwin(file: string, lockFile: string, { name, platform }: Topology): Promise<void> {
  const directory = path.dirname(lockFile);
  const others = (await readdir(directory)).filter(
    (entry) => entry.endsWith('.lock.json') && entry !== path.basename(lockFile),
  );
  for (const entry of others) {
    const text = await readFile(path.join(directory, entry), 'utf8').catch(() => '');
    if (!text.includes(JSON.stringify(name))) continue;
    const lock = parseLock(text, path.join(directory, entry));
    if (lock.topology !== name || lock.platform !== platform) continue;
    throw new InputError(file, [
      {
        path: ['name'],
        message: `must be of this topology alone, got "${name}", which ${entry} beside it is of: rename one of the two`,
      },
    ]);
  }
}

/**
 * Takes up what is new in the lock. With CI=true a stale lock is an error instead, since a lock that only a CI
 * runner has seen protects nobody.
 *
 * @throws {InputError} with CI=true when the lock would change
 */
export async function updateLock(loaded: LoadedTopology, env = process.env): Promise<void> {
  if (loaded.changes.length === 0) return;
  if (env.CI === 'true') {
    throw new InputError(loaded.lockFile, [
      {
        path: [],
        message: `is stale (${loaded.changes.join('; ')}): run "copilot-runtimes lock ${loaded.file}" and commit it`,
      },
    ]);
  }
  await writeAtomically(loaded.lockFile, printLock(loaded.lock));
}

/** Text of an input file. @throws {InputError} that says what to do when it cannot be read */
export async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT'
        ? 'does not exist: check the path'
        : code === 'EISDIR'
          ? 'is a directory: name the file in it'
          : code === 'ENOTDIR'
            ? 'does not exist, since a part of its path is a file: check the path'
            : `cannot be read (${code}): check its permissions`;
    throw fileError(file, why, error);
  }
}

async function writeAtomically(file: string, text: string): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  try {
    await writeFile(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    throw fileError(
      file,
      `cannot be written (${code}): it must stand beside the topology, so copy that to a place you may write to`,
      error,
    );
  }
}

function fileError(file: string, message: string, cause: unknown): InputError {
  const problem = new InputError(file, [{ path: [], message }]);
  problem.cause = cause;
  return problem;
}
