import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

import { errorCode, RunError, stateError } from './errors.js';
import { startMark } from './processes.js';

const ownerSchema = z.object({ pid: z.int(), mark: z.string(), since: z.string(), topology: z.string() });
type Owner = z.output<typeof ownerSchema>;

/**
 * Takes the state directory for this process, so that two runs of one name never share a home.
 *
 * The owner file is created by `link`, which is atomic and fails when it exists; a file whose process is gone is
 * moved aside and tried once more.
 *
 * @param topology file that the run is of, for the message
 * @returns gives the directory back
 * @throws {RunError} that says who holds it
 */
export async function takeOwnership(directory: string, topology: string): Promise<() => Promise<void>> {
  const file = path.join(directory, 'owner.json');
  const mine = `${file}.${process.pid}`;
  const owner: Owner = {
    pid: process.pid,
    mark: (await startMark(process.pid)) ?? '',
    since: new Date().toISOString(),
    topology,
  };
  try {
    await writeFile(mine, `${JSON.stringify(owner)}\n`, { mode: 0o600 });
    await linkOver(mine, file);
  } catch (error) {
    throw error instanceof RunError ? error : stateError(file, error);
  } finally {
    await rm(mine, { force: true });
  }
  let held = true;
  return async () => {
    // Once: afterwards the file may be another run's.
    if (held) await rm(file, { force: true });
    held = false;
  };
}

async function linkOver(mine: string, file: string): Promise<void> {
  for (;;) {
    try {
      return await link(mine, file);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    const seen = await readFile(file, 'utf8').catch(unlessGone);
    if (seen === undefined) continue;
    const holder = parseOwner(seen);
    if (holder && (await startMark(holder.pid)) === holder.mark) {
      throw new RunError(
        `${path.dirname(file)} is in use by process ${holder.pid} (${holder.topology}, since ${holder.since}): stop that run with Ctrl-C or "kill ${holder.pid}", or use another --state`,
      );
    }
    const aside = `${mine}.stale`;
    await rename(file, aside).catch(unlessGone);
    const moved = await readFile(aside, 'utf8').catch(() => undefined);
    // Between our look and our rename a third run may have taken over: then it is its file that we moved.
    if (moved !== undefined && moved !== seen) await link(aside, file).catch(() => undefined);
    await rm(aside, { force: true });
  }
}

/** The holder may give the directory back at any time. */
function unlessGone(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}

function parseOwner(text: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
