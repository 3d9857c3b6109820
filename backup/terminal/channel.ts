import { Readable, Writable } from 'node:stream';

import { DamagedError, FrameReader, frameLine, type Kind } from './frames.js';

/** Bytes of data in one line. */
const PIECE_BYTES = 3072;
/** Bytes of data that the other side has not taken yet, at most: nothing piles up between the two. */
const WINDOW_BYTES = 262_144;
/** More than that is waiting for nobody who keeps to the rules. */
const MOST_BYTES = 2 * WINDOW_BYTES;
/** After so many bytes the other side is told that they were taken. */
const TOLD_BYTES = WINDOW_BYTES / 4;

const BEAT_MS = 15_000;
/** Beats without a sign of life after which the other side is gone; the network itself may never tell. */
const SILENT_BEATS = 4;

/** The two sides of a terminal have lost each other. */
export class SilenceError extends Error {}

export interface ChannelOptions {
  /** Puts text on the terminal, after what was put there before. @param done once there is room for more */
  readonly transmit: (text: string, done: () => void) => void;
  /** Told what comes that is no data. */
  readonly onSaid: (kind: Kind, text: string) => void;
  /** Told when nothing more can come or go: what arrives is damaged, or the other side is silent or gone. */
  readonly onLost: (error: Error) => void;
  /** Time between two signs of life, in milliseconds. @default 15000 */
  readonly beatMs?: number;
}

/**
 * Two streams of bytes over a terminal, one each way, and what is to be said beside them. A stream that is damaged, or whose
 * other side falls silent, is destroyed with the reason: it never ends as if it were whole.
 */
export class TerminalChannel {
  /** What the other side sends. */
  readonly incoming: Readable;
  /** What it gets. */
  readonly outgoing: Writable;
  readonly #reader = new FrameReader();
  readonly #heartbeat: NodeJS.Timeout;
  #over = false;
  #complete = false;
  #number = 0;
  #silentBeats = 0;
  /** Of the incoming: not told as taken yet. */
  #untold = 0;
  /** Of the outgoing: sent, and not taken yet. */
  #untaken = 0;
  #waiting: { data: Buffer; done: () => void } | undefined;

  constructor(private readonly options: ChannelOptions) {
    this.incoming = new Readable({ read: () => this.#tell() });
    this.outgoing = new Writable({
      write: (data: Buffer, _encoding, done) => this.#send(data, done),
      final: (done) => this.say('end', '', () => done()),
    });
    // Whoever reads and writes hears of a failure by the stream; nobody may do so yet.
    for (const stream of [this.incoming, this.outgoing]) stream.on('error', () => undefined);
    this.#heartbeat = setInterval(() => this.#beat(), options.beatMs ?? BEAT_MS);
  }

  /** Nothing more comes or goes. */
  get over(): boolean {
    return this.#over;
  }

  /** Everything has come that the other side sends. */
  get complete(): boolean {
    return this.#complete;
  }

  /** What stood on the terminal besides. */
  get noise(): string {
    return this.#reader.noise;
  }

  /** @param done once there is room for more */
  say(kind: Kind, text = '', done: () => void = () => undefined): void {
    this.options.transmit(frameLine({ kind, payload: Buffer.from(text) }, this.#number++), done);
  }

  /** What has come off the terminal. */
  hear(text: string): void {
    this.#silentBeats = 0;
    if (this.#over) return;
    try {
      for (const { kind, payload } of this.#reader.read(text)) this.#take(kind, payload);
    } catch (error) {
      this.lose(error as Error);
    }
  }

  /** Nothing more is to come: silence means nothing from now on. */
  rest(): void {
    clearInterval(this.#heartbeat);
  }

  /** The other side is lost. */
  lose(error: Error): void {
    if (this.#over) return;
    this.close(error);
    this.options.onLost(error);
  }

  /** @param error told whoever still reads or writes */
  close(error?: Error): void {
    this.#over = true;
    this.rest();
    this.incoming.destroy(error);
    this.outgoing.destroy(error);
  }

  #take(kind: Kind, payload: Buffer): void {
    if (kind === 'data') {
      this.#untold += payload.length;
      this.incoming.push(payload);
      if (this.incoming.readableLength > MOST_BYTES) throw new DamagedError('more comes than is taken');
    } else if (kind === 'end') {
      this.#complete = true;
      this.incoming.push(null);
    } else if (kind === 'taken') {
      this.#untaken -= Number(payload.toString());
      this.#continue();
    } else if (kind !== 'alive') {
      this.options.onSaid(kind, payload.toString());
    }
  }

  /** Whoever reads wants more. */
  #tell(): void {
    if (this.#untold < TOLD_BYTES) return;
    this.say('taken', String(this.#untold));
    this.#untold = 0;
  }

  #send(data: Buffer, done: () => void): void {
    this.#waiting = { data, done };
    this.#continue();
  }

  #continue(): void {
    const { data, done } = this.#waiting ?? {};
    if (!data || !done || this.#untaken >= WINDOW_BYTES) return;
    const pieces = Math.ceil(Math.min(data.length, WINDOW_BYTES - this.#untaken) / PIECE_BYTES);
    const lines = Array.from({ length: pieces }, (_, n) => {
      const payload = data.subarray(n * PIECE_BYTES, (n + 1) * PIECE_BYTES);
      this.#untaken += payload.length;
      return frameLine({ kind: 'data', payload }, this.#number++);
    });
    const rest = data.subarray(pieces * PIECE_BYTES);
    this.#waiting = rest.length > 0 ? { data: rest, done } : undefined;
    this.options.transmit(lines.join(''), rest.length > 0 ? () => undefined : done);
  }

  #beat(): void {
    if (this.#silentBeats++ >= SILENT_BEATS) {
      this.lose(new SilenceError('the other side gives no sign of life'));
      return;
    }
    // Who has said nothing yet does not know what the terminal takes.
    if (this.#number > 0) this.say('alive');
  }
}
