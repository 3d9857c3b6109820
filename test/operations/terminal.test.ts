import { randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { answerInTerminal, type AnsweringStreams } from '../../backup/terminal/answer.js';
import { SilenceError, TerminalChannel } from '../../backup/terminal/channel.js';
import {
  DamagedError,
  FrameReader,
  frameLine,
  KINDS,
  type Frame,
  type Kind,
} from '../../backup/terminal/frames.js';
import { afterTest } from '../support/cleanup.js';

const kind = fc.constantFrom(...(Object.keys(KINDS) as Kind[]));
const payload = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const frames = fc.array(fc.record({ kind, payload }), { maxLength: 20 });
/** What else a terminal shows: a greeting, a warning, colours. */
const noise = fc.stringMatching(/^[^~\n][^\n]{0,60}$/).map((line) => `${line}\r\n`);

const linesOf = (said: readonly Frame[]) => said.map(frameLine);

/** Reads a text that comes in pieces of one length. */
function read(text: string, pieceLength = 7): Frame[] {
  const reader = new FrameReader();
  const found: Frame[] = [];
  for (let at = 0; at < text.length; at += pieceLength)
    found.push(...reader.read(text.slice(at, at + pieceLength)));
  return found;
}

describe('frames on a terminal', () => {
  it('arrive as they were sent, whatever the pieces, the ends of lines and the noise between them', () => {
    fc.assert(
      fc.property(
        frames,
        fc.array(noise, { maxLength: 20 }),
        fc.integer({ min: 1, max: 80 }),
        (said, other, n) => {
          const text = linesOf(said).flatMap((line, at) => [other[at] ?? '', line.replace('\n', '\r\n')]);
          expect(read(text.join(''), n)).toEqual(said);
        },
      ),
    );
  });

  it('are letters, digits and signs that no terminal takes for something else', () => {
    fc.assert(
      fc.property(kind, payload, (one, bytes) => {
        expect(frameLine({ kind: one, payload: bytes }, 1295)).toMatch(
          /^~[a-z]zz\.[A-Za-z0-9+/=]*\.[0-9a-f]{8}\n$/,
        );
      }),
    );
  });

  const said: Frame[] = ['one', 'two', 'three'].map((text) => ({ kind: 'data', payload: Buffer.from(text) }));

  it('are missed when one is left out', () => {
    const [first, , third] = linesOf(said) as [string, string, string];
    expect(() => read(first + third)).toThrow(new DamagedError('a line is missing'));
  });

  it('are refused after any change of one character', () => {
    const [first, second] = linesOf(said) as [string, string];
    fc.assert(
      fc.property(fc.nat(second.length - 2), fc.constantFrom(...'~.aA0+ \x04'), (at, letter) => {
        fc.pre(second[at] !== letter);
        const changed = second.slice(0, at) + letter + second.slice(at + 1);
        const outcome = () => read(first + changed + linesOf(said)[2]!);
        expect(outcome).toThrow(DamagedError);
      }),
    );
  });

  it('may follow a prompt that looks like one', () => {
    expect(read(`~ $ \n~/bin\n${linesOf(said).join('')}`)).toEqual(said);
  });

  it('are not waited for without an end', () => {
    expect(() => read('x'.repeat(70_000), 1000)).toThrow(new DamagedError('a line has no end'));
  });
});

/** What stands between two sides: is given each line that the one sends, and says what the other gets. */
type Wire = (line: string, number: number) => string | undefined;

/** Two sides of a terminal. */
function sides(toReader: Wire = (line) => line, beatMs = 1000) {
  let number = 0;
  let sent = 0;
  const open = (transmit: (text: string) => void) =>
    new TerminalChannel({
      transmit: (text, done) => {
        transmit(text);
        done();
      },
      onSaid: () => undefined,
      onLost: () => undefined,
      beatMs,
    });
  const writer: TerminalChannel = open((text) => {
    for (const line of text.split(/(?<=\n)/)) {
      const passed = toReader(line, number++);
      if (passed === undefined) continue;
      sent += passed.length;
      setImmediate(() => reader.hear(passed));
    }
  });
  const reader: TerminalChannel = open((text) => setImmediate(() => writer.hear(text)));
  afterTest(() => {
    writer.close();
    reader.close();
  });
  return { writer, reader, sent: () => sent };
}

const BYTES = randomBytes(40_000);

describe('a stream over a terminal', () => {
  it('brings any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 5 }), async (chunks) => {
        const { writer, reader } = sides();
        const received = buffer(reader.incoming);
        for (const chunk of chunks) writer.outgoing.write(Buffer.from(chunk));
        writer.outgoing.end();
        expect(await received).toEqual(Buffer.concat(chunks));
        writer.close();
        reader.close();
      }),
      { numRuns: 30 },
    );
  });

  it('waits for whoever reads slowly, so that nothing piles up', async () => {
    const { writer, reader, sent } = sides();
    const all = randomBytes(3_000_000);
    writer.outgoing.end(all);
    // A line takes one turn of the loop to come over.
    for (let turn = 0; turn < 1000; turn++) await immediate();
    expect(sent()).toBeGreaterThan(100_000);
    expect(sent()).toBeLessThan(500_000);
    expect((await buffer(reader.incoming)).equals(all)).toBe(true);
  });

  const last = Math.ceil(BYTES.length / 3072);

  it.each(Array.from({ length: last + 1 }, (_, n) => n))(
    'that breaks off at line %d is not taken for whole',
    async (n) => {
      const { writer, reader } = sides((line, number) => (number < n ? line : undefined), 5);
      writer.outgoing.end(BYTES);
      await expect(buffer(reader.incoming)).rejects.toThrow(SilenceError);
    },
  );

  it.each(Array.from({ length: last }, (_, n) => n))(
    'without its line %d is not taken for whole',
    async (n) => {
      const { writer, reader } = sides((line, number) => (number === n ? undefined : line));
      writer.outgoing.end(BYTES);
      await expect(buffer(reader.incoming)).rejects.toThrow(new DamagedError('a line is missing'));
    },
  );

  it('with a line twice is not taken for whole', async () => {
    const { writer, reader } = sides((line, number) => (number === 3 ? line + line : line));
    writer.outgoing.end(BYTES);
    await expect(buffer(reader.incoming)).rejects.toThrow(new DamagedError('a line is missing'));
  });

  it('of somebody who does not wait is refused', async () => {
    const { writer, reader } = sides();
    const refused = new Promise((resolve) => reader.incoming.once('error', resolve));
    for (let n = 0; n < 300; n++) reader.hear(frameLine({ kind: 'data', payload: Buffer.alloc(3072) }, n));
    expect(await refused).toEqual(new DamagedError('more comes than is taken'));
    writer.close();
  });

  it('may rest for long while the other side gives signs of life, and not without', async () => {
    const { writer, reader } = sides(undefined, 5);
    const received = buffer(reader.incoming);
    for (const one of [writer, reader]) one.say('alive');
    await delay(100);
    writer.outgoing.end('late');
    expect((await received).toString()).toBe('late');
    reader.close();
    await expect(finished(writer.incoming)).rejects.toThrow(SilenceError);
  });
});

describe('a program in a terminal', () => {
  /** Whoever sits before it, and what it is told to do, which never ends. */
  function asked() {
    const input = new PassThrough({ encoding: 'latin1' });
    let streams: AnsweringStreams | undefined;
    const ended = answerInTerminal({
      input,
      output: new PassThrough().resume(),
      beatMs: 5,
      run: (_args, given) => {
        streams = given;
        return finished(given.input);
      },
    });
    ended.catch(() => undefined);
    input.write(`....\n${frameLine({ kind: 'order', payload: Buffer.from('["send"]') }, 0)}`);
    return { input, ended, streams: () => streams };
  }

  it('ends when nobody gives a sign of life, with what it was doing', async () => {
    const { ended, streams } = asked();
    await expect(ended).rejects.toThrow(SilenceError);
    expect(streams()?.input.errored).toBeInstanceOf(SilenceError);
    expect(streams()?.output.errored).toBeInstanceOf(SilenceError);
  });

  it('ends when the terminal does', async () => {
    const { input, ended } = asked();
    input.end();
    await expect(ended).rejects.toThrow('the terminal is gone');
  });

  it('is never told half an order', async () => {
    const { input, ended, streams } = asked();
    input.write('~o1.W10=.00000000\n');
    await expect(ended).rejects.toThrow(new DamagedError('a line has changed on its way'));
    expect(streams()?.input.errored).toBeInstanceOf(DamagedError);
  });
});
