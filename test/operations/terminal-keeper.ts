import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import type { Keeper, KeeperStreams } from '../../backup/keeper/index.js';
import { askOverTerminal, type AskOptions } from '../../backup/terminal/ask.js';
import { HOST_ENV } from '../../topology/index.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { Pty } from '../support/pty.js';

import type { Files } from './backup-fixture.js';

/** Whatever is printed, it must not be this. */
export const CONNECTION_TOKEN = 'x'.repeat(64);

const PROGRAM = path.resolve('dist/services/session-keeper/terminal.js');

/** The script of the image, which has other paths on this machine. */
const SCRIPT = readFileSync('services/bin/session-keeper', 'utf8').replace(
  'exec node',
  `exec ${process.execPath}`,
);

/**
 * The session keeper for terminals, as a program without arguments.
 *
 * @param before lines of a shell that run first
 * @param program the module that it runs
 */
export function keeperProgram(before = '', program = PROGRAM): string {
  const file = path.join(temporaryDirectory(), 'session-keeper');
  const script = SCRIPT.replace('/app/dist/services/session-keeper/terminal.js', program);
  writeFileSync(
    file,
    script.replace('\nexec', () => `\n${before}\nexec`),
  );
  chmodSync(file, 0o755);
  return file;
}

/** The built program without its raw mode. */
export function withoutRawMode(): string {
  const file = path.join(temporaryDirectory(), 'terminal.mjs');
  const built = readFileSync(PROGRAM, 'utf8');
  const cooked = built.replace('.setRawMode(true)', '');
  if (cooked === built) throw new Error('the program sets no raw mode');
  const from = (relative: string) => `from "${path.resolve(path.dirname(PROGRAM), relative)}"`;
  writeFileSync(
    file,
    cooked.replace(/from "(\.[^"]+)"/g, (_, relative: string) => from(relative)),
  );
  return file;
}

/** The environment of a container whose home are these files. */
export function environmentOf({ directory }: Files) {
  const at = (name: string) => path.join(directory, 'tenant/acme', name);
  mkdirSync(at('secrets'), { recursive: true });
  writeFileSync(at('secrets/connection-token'), CONNECTION_TOKEN);
  return {
    PATH: process.env.PATH,
    [HOST_ENV.runtime]: 'tenant/acme',
    [HOST_ENV.home]: at('home'),
    [HOST_ENV.secretsDir]: at('secrets'),
  };
}

/** What stands between a terminal and whoever asks. */
export interface Wire {
  /** @returns what the program gets of a message */
  send?(message: string): string;
  /** @returns what is heard of what the program says; undefined when the connection breaks off there */
  hear?(text: string): string | undefined;
}

/** Starts the keeper in a terminal of this machine. */
export class TerminalKeeper implements Keeper {
  readonly runtime = 'tenant/acme';
  /** Nothing listens there: a runtime that does not run has no turns. */
  readonly port = 9;

  constructor(
    private readonly files: Files,
    private readonly program = keeperProgram(),
    private readonly wire: Wire = {},
    private readonly options: AskOptions = {},
  ) {}

  run(args: readonly string[], streams: KeeperStreams): Promise<void> {
    const { wire } = this;
    return askOverTerminal(
      async (events) => {
        const hear = (text: string) => {
          const heard = wire.hear ? wire.hear(text) : text;
          if (heard === undefined) pty.close();
          else events.hear(heard);
        };
        const closed = () => events.closed();
        const pty = new Pty(this.program, { env: environmentOf(this.files) }, { hear, closed });
        return {
          send: (message) => pty.send(wire.send?.(message) ?? message),
          close: () => pty.close(),
        };
      },
      args,
      streams,
      this.options,
    );
  }
}

/** Bytes of a stream that a broken one still has. */
const BEGINNING = 100_000;

/** A stream that ends with an error after its beginning. */
export async function* broken(whole: Readable): AsyncGenerator<Buffer> {
  const all = await buffer(whole);
  if (all.length <= BEGINNING) throw new RangeError('the stream is too short to be broken');
  yield all.subarray(0, BEGINNING);
  throw new Error('the archive cannot be read');
}
