import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { FolderStore } from '../../backup/folder-store.js';
import { sessionsOf } from '../../backup/placement.js';
import { HOST_ENV } from '../../topology/host-contract.js';
import { Activity } from './activity.js';
import { readOrder, type Order } from './arguments.js';
import { linkTo } from './link.js';
import { lookAtHome } from './look.js';

/** Whoever asks: sessions come and go as gzipped streams, small answers as JSON. */
export interface Asker {
  readonly input: Readable;
  readonly output: Writable;
  /** Ends this process: nobody is there any more to read what it would write. */
  readonly abandon: () => void;
}

/** The arguments cannot be understood. */
export class OrderError extends Error {}

/**
 * Does what the arguments say with the sessions of the home that the environment names.
 *
 * @throws {OrderError} for arguments that mean nothing, and Error for what has failed
 */
export async function carryOut(args: readonly string[], { input, output, abandon }: Asker): Promise<void> {
  const asked = orderOf(args);
  const home = process.env[HOST_ENV.home] || '/var/lib/copilot/home';
  const store = (isBusy: (session: string) => Promise<boolean> = () => Promise.resolve(false)) =>
    new FolderStore({
      runtime: process.env[HOST_ENV.runtime] || 'the runtime',
      sessions: sessionsOf(home),
      isBusy,
    });
  switch (asked.what) {
    case 'send': {
      endWithAsker(input, abandon);
      const activity = new Activity(() => linkTo(asked.port));
      await pipeline(store(activity.isBusy).send(asked), fastGzip(), output);
      return activity.close();
    }
    case 'look':
      return print(output, await store().look(await idsAskedFor(input)));
    case 'receive': {
      const sessions = createGunzip();
      pipeline(input, sessions).catch(() => undefined);
      return store().receive(asked.tenant, sessions);
    }
    case 'expired': {
      endWithAsker(input, abandon);
      const { ttlHours, port, delete: remove } = asked;
      const link = await linkTo(port);
      const found = await lookAtHome({ home, link, ttlHours, dryRun: !remove }).finally(() => link.close());
      return print(output, found);
    }
  }
}

function orderOf(args: readonly string[]): Order {
  try {
    return readOrder(args);
  } catch (error) {
    throw new OrderError((error as Error).message);
  }
}

/** Most of a session is text that shrinks at once; the time of the container is the runtime's. */
function fastGzip() {
  return createGzip({ level: constants.Z_BEST_SPEED });
}

/** Whoever asked keeps this open; when that is gone, nobody reads what would be written. */
function endWithAsker(input: Readable, abandon: () => void): void {
  input.resume().on('close', abandon);
}

/** One line of JSON: not every API server can tell that standard input has ended. */
async function idsAskedFor(input: Readable): Promise<string[]> {
  for await (const line of createInterface({ input })) return JSON.parse(line) as string[];
  return [];
}

async function print(output: Writable, value: object): Promise<void> {
  await new Promise((resolve) => output.write(`${JSON.stringify(value)}\n`, resolve));
}
