import { crc32 } from 'node:zlib';

/** What a line says. In both directions, unless said otherwise. */
export const KINDS = {
  /** The program is there, in a terminal that changes nothing. To the asker. */
  ready: 'r',
  /** How many characters of the first line have arrived, which went in one message. To the asker. */
  measured: 'm',
  /** What is to be done: the arguments of the program. To the program. */
  order: 'o',
  data: 'd',
  /** There is no more data. */
  end: 'e',
  /** So many bytes of data have been taken, so that as many more may come. */
  taken: 't',
  /** Nothing but a sign of life. */
  alive: 'a',
  /** What would stand on standard error. To the asker. */
  failure: 'f',
  /** The program is done, with this exit code. To the asker. */
  exit: 'x',
  /** That has been heard: the program may end. To the program. */
  bye: 'b',
} as const;
export type Kind = keyof typeof KINDS;

/** One thing that is said over a terminal. */
export interface Frame {
  readonly kind: Kind;
  readonly payload: Buffer;
}

const BY_LETTER = new Map(Object.entries(KINDS).map(([kind, letter]) => [letter as string, kind as Kind]));

/** `~`, kind and number; what it says, in base64; a checksum of all before. */
const LINE = /^~([a-z])([0-9a-z]{1,11})\.([A-Za-z0-9+/]*={0,2})\.([0-9a-f]{8})$/;

/** No line is longer, in characters. */
export const MAX_LINE = 65_536;

/** Of what else stood on the terminal, the end is kept. */
const NOISE_CHARACTERS = 4096;

const checksum = (text: string) => crc32(text).toString(16).padStart(8, '0');

/** @param number of the frame, counted from 0 in each direction */
export function frameLine({ kind, payload }: Frame, number: number): string {
  const said = `${KINDS[kind]}${number.toString(36)}.${payload.toString('base64')}`;
  return `~${said}.${checksum(said)}\n`;
}

/** What arrives is not what was sent. */
export class DamagedError extends Error {}

/**
 * Reads lines off a terminal. Whatever else is printed there, such as the greeting of a shell or a warning, is passed over;
 * a frame that is damaged, or missing, is not.
 */
export class FrameReader {
  #rest = '';
  #next = 0;
  #noise = '';

  /** The end of what was no frame. */
  get noise(): string {
    return this.#noise.trim();
  }

  /** Without its end, a line is still to come. @throws {DamagedError} */
  *read(text: string): Generator<Frame> {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) {
      const frame = this.#frame(line.replace(/\r+$/, ''));
      if (frame) yield frame;
    }
    if (this.#rest.length > MAX_LINE) throw new DamagedError('a line has no end');
  }

  #frame(line: string): Frame | undefined {
    const [, letter = '', number = '', said = '', sum = ''] = LINE.exec(line) ?? [];
    const kind = BY_LETTER.get(letter);
    if (!kind || checksum(`${letter}${number}.${said}`) !== sum) {
      // A prompt may begin like a frame, but not between two of them.
      if (this.#next > 0 && line.startsWith('~')) throw new DamagedError('a line has changed on its way');
      this.#noise = `${this.#noise}${line}\n`.slice(-NOISE_CHARACTERS);
      return undefined;
    }
    if (Number.parseInt(number, 36) !== this.#next++) throw new DamagedError('a line is missing');
    return { kind, payload: Buffer.from(said, 'base64') };
  }
}
