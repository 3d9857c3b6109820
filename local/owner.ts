import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { link, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';

import pRetry, { AbortError } from 'p-retry';
import { z } from 'zod';

import { errorCode, RunError, stateError } from './errors.js';
import { startMark } from './processes.js';

const ownerSchema = z.object({ pid: z.int(), mark: z.string(), since: z.string(), topology: z.string() });
type Owner = z.output<typeof ownerSchema>;

/**
 * Takes the state directory for this process, so that two runs of one name never share a home.
 *
 * The owner file is created by `link`, which is atomic and fails when it exists; a file whose process is gone is deleted,
 * by one process at a time, and tried once more.
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
    await alone(file, () => deleteStale(file));
  }
}

/** @throws {RunError} when its process is there */
async function deleteStale(file: string): Promise<void> {
  const seen = await readFile(file, 'utf8').catch(unlessGone);
  if (seen === undefined) return;
  const holder = parseOwner(seen);
  if (holder && (await startMark(holder.pid)) === holder.mark) {
    throw new RunError(
      `${path.dirname(file)} is in use by process ${holder.pid} (${holder.topology}, since ${holder.since}): stop that run with Ctrl-C or "kill ${holder.pid}", or use another --state`,
    );
  }
  await rm(file, { force: true });
}

/**
 * One process at a time for a file, or the stale file that one has seen could be the new one of another when it is
 * deleted. The name of an abstract socket is given to one process, and is free again when that ends, however it does.
 */
async function alone(file: string, work: () => Promise<void>): Promise<void> {
  const place = createHash('sha256')
    .update(await realpath(path.dirname(file)))
    .digest('hex');
  const server = createServer();
  await pRetry(
    () =>
      once(server.listen(`\0copilot-runtimes-${place}`), 'listening').catch((error: Error) => {
        throw errorCode(error) === 'EADDRINUSE' ? error : new AbortError(error);
      }),
    { retries: 500, factor: 1, minTimeout: 10, maxTimeout: 20 },
  );
  try {
    await work();
  } finally {
    server.close();
    await once(server, 'close');
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
