#!/usr/bin/env node
/**
 * The program that `copilot-runtimes backup`, `restore` and `sessions` start in the container of a runtime, as its user
 * and beside it: it alone reaches the volume. Sessions come and go by standard input and output, as a gzipped stream.
 */
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { FolderStore } from '../../backup/folder-store.js';
import { sessionsOf } from '../../backup/placement.js';
import { HOST_ENV, SECRETS_DIRECTORY } from '../../topology/host-contract.js';
import { RuntimeLink } from '../runtime-host/link.js';
import { readSecrets } from '../runtime-host/secrets.js';
import { Activity } from './activity.js';
import { readOrder, type Order } from './arguments.js';
import { lookAtHome } from './look.js';

process.umask(0o077);
const home = process.env[HOST_ENV.home] || '/var/lib/copilot/home';

try {
  await carryOut(order());
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () => process.exit(1));
}

function order(): Order {
  try {
    return readOrder(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

async function carryOut(asked: Order): Promise<void> {
  switch (asked.what) {
    case 'send': {
      endWithAsker();
      const activity = new Activity(async () => linkTo(asked.port));
      await pipeline(store(activity.isBusy).send(asked), fastGzip(), process.stdout);
      return;
    }
    case 'look':
      return print(await store().look(await idsAskedFor()));
    case 'receive': {
      const sessions = createGunzip();
      pipeline(process.stdin, sessions).catch(() => undefined);
      return store().receive(asked.tenant, sessions);
    }
    case 'expired': {
      endWithAsker();
      const { ttlHours, port, delete: remove } = asked;
      return print(await lookAtHome({ home, link: linkTo(port), ttlHours, dryRun: !remove }));
    }
  }
}

function store(isBusy: (session: string) => Promise<boolean> = () => Promise.resolve(false)): FolderStore {
  return new FolderStore({
    runtime: process.env[HOST_ENV.runtime] || 'the runtime',
    sessions: sessionsOf(home),
    isBusy,
  });
}

function linkTo(port: number): RuntimeLink {
  const mistakes: string[] = [];
  const { connectionToken } = readSecrets(process.env[HOST_ENV.secretsDir] || SECRETS_DIRECTORY, mistakes);
  if (mistakes.length > 0) throw new Error(mistakes.join('; '));
  return new RuntimeLink(`127.0.0.1:${port}`, connectionToken);
}

/** Most of a session is text that shrinks at once; the time of the container is the runtime's. */
function fastGzip() {
  return createGzip({ level: constants.Z_BEST_SPEED });
}

/** Whoever asked keeps standard input open; when that is gone, nobody reads what this would write. */
function endWithAsker(): void {
  process.stdin.resume().on('close', () => process.exit(1));
}

/** One line of JSON: not every API server can tell that standard input has ended. */
async function idsAskedFor(): Promise<string[]> {
  for await (const line of createInterface({ input: process.stdin })) return JSON.parse(line) as string[];
  return [];
}

async function print(value: object): Promise<void> {
  await new Promise((resolve) => process.stdout.write(`${JSON.stringify(value)}\n`, resolve));
}
