import type { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';

import { TerminalChannel } from './channel.js';
import type { Kind } from './frames.js';

/** How long a program may take until it says that it is there. */
const READY_MS = 60_000;

/** Characters that are tried as one message: what Container Instances passes on of one has been seen to end after 50. */
const TRIED_CHARACTERS = 4096;

/** A terminal in which a program has been started. */
export interface Terminal {
  /** Sends one message. */
  send(message: string): void;
  close(): void;
}

/** Told what happens on a terminal. */
export interface TerminalEvents {
  hear(text: string): void;
  /** @param broken whether it ended without a word, and not because its program did. @default false */
  closed(broken?: boolean): void;
}

export interface AskedStreams {
  /** Given to the program as fast as it reads. @default - it gets none, and no end of it either */
  readonly stdin?: Readable;
  /** Slows the program down when it is slow. Ended when the program was successful. */
  readonly stdout: Writable;
}

export interface AskOptions {
  /** How long the program may take until it says that it is there, in milliseconds. @default 60000 */
  readonly readyMs?: number;
  /** Time between two signs of life, in milliseconds. @default 15000 */
  readonly beatMs?: number;
}

/** `absent`: the program did not start. `failed`: it says why. `lost`: it is out of reach, and ends by itself. */
export type TerminalOutcome = 'absent' | 'failed' | 'lost';

/** A program in a terminal was not successful. */
export class TerminalError extends Error {
  /** @param said by the program, what stood on the terminal in its place, or what is known of its end; may be empty */
  constructor(
    readonly outcome: TerminalOutcome,
    readonly said: string,
  ) {
    super(said === '' ? outcome : `${outcome}: ${said}`);
  }
}

/**
 * Runs a program that a terminal begins with, gives it its arguments, and waits for its end.
 *
 * @param open fails when there is no terminal
 *
 * @throws {TerminalError} when the program is not there, fails or is lost
 */
export async function askOverTerminal(
  open: (events: TerminalEvents) => Promise<Terminal>,
  args: readonly string[],
  streams: AskedStreams,
  options: AskOptions = {},
): Promise<void> {
  const asking = new Asking(args, streams, options);
  try {
    await asking.over(await open(asking));
  } finally {
    asking.end();
  }
}

/** One program that is asked, and the terminal that it is in. */
class Asking implements TerminalEvents {
  readonly #channel: TerminalChannel;
  #terminal: Terminal | undefined;
  /** What the terminal takes as one message. */
  #messageCharacters = 1;
  #ready = false;
  #broken = false;
  #said = '';
  /** Why nothing more is to come, when that is known. */
  #why: string | undefined;
  /** Why what should be sent could not be read. */
  #unread: Error | undefined;
  #settle: (exitCode?: string) => void = () => undefined;
  readonly #settled = new Promise<string | undefined>((resolve) => (this.#settle = resolve));

  constructor(
    private readonly args: readonly string[],
    private readonly streams: AskedStreams,
    private readonly options: AskOptions,
  ) {
    const { beatMs } = options;
    this.#channel = new TerminalChannel({
      transmit: (text, done) => this.#transmit(text, done),
      onSaid: (kind, text) => this.#hearSaid(kind, text),
      onLost: ({ message }) => this.#giveUp(message),
      ...(beatMs !== undefined && { beatMs }),
    });
  }

  readonly hear = (text: string): void => this.#channel.hear(text);

  readonly closed = (broken = false): void => {
    this.#broken = broken;
    this.#settle();
  };

  async over(terminal: Terminal): Promise<void> {
    const { stdout } = this.streams;
    const { incoming } = this.#channel;
    this.#terminal = terminal;
    const { readyMs = READY_MS } = this.options;
    const timer = setTimeout(() => {
      if (!this.#ready) this.#giveUp(`nothing within ${readyMs / 1000} s`);
    }, readyMs);
    // Nobody takes what is still to come.
    const abandon = () => this.#channel.lose(new Error('its output was closed'));
    stdout.once('error', abandon).once('close', abandon);
    incoming.pipe(stdout, { end: false });
    const exitCode = await this.#settled;
    clearTimeout(timer);
    // What has not come before the last word does not come any more.
    if (exitCode !== '0' || !this.#channel.complete) throw this.#failure(exitCode);
    if (!incoming.readableEnded) await finished(incoming);
    stdout.removeListener('close', abandon);
    stdout.end();
  }

  end(): void {
    this.#channel.close();
    this.streams.stdin?.destroy();
    this.#terminal?.close();
  }

  #giveUp(why: string): void {
    this.#why ??= why;
    this.#settle();
  }

  #failure(exitCode: string | undefined): unknown {
    // Why there was nothing to send says more than that the program got nothing.
    if (this.#unread) return this.#unread;
    if (exitCode !== undefined && exitCode !== '0') return new TerminalError('failed', this.#said);
    const seen = lastLine(this.#channel.noise);
    if (this.#ready || this.#broken) return new TerminalError('lost', this.#why ?? seen);
    return new TerminalError('absent', seen || (this.#why ?? ''));
  }

  #hearSaid(kind: Kind, text: string): void {
    if (kind === 'ready') {
      this.#ready = true;
      this.#terminal?.send('.'.repeat(TRIED_CHARACTERS));
      this.#terminal?.send('\n');
    } else if (kind === 'measured') {
      this.#messageCharacters = Math.max(1, Number.parseInt(text, 10) || 0);
      this.#begin();
    } else if (kind === 'failure') {
      this.#said = text;
    } else if (kind === 'exit') {
      this.#channel.say('bye');
      this.#channel.rest();
      this.#settle(text);
    }
  }

  #begin(): void {
    const { stdin } = this.streams;
    this.#channel.say('order', JSON.stringify(this.args));
    if (!stdin) return;
    pipeline(stdin, this.#channel.outgoing).catch((error: Error) => {
      // Else it was the terminal that has failed, which is told already.
      if (!this.#channel.over) this.#unread = error;
      this.#settle();
    });
  }

  #transmit(text: string, done: () => void): void {
    for (let at = 0; at < text.length; at += this.#messageCharacters) {
      this.#terminal?.send(text.slice(at, at + this.#messageCharacters));
    }
    done();
  }
}

/** Without what would move the cursor of whoever reads it. */
const lastLine = (text: string) => (text.split(/[\r\n]+/).at(-1) ?? '').replace(/[^\x20-\x7e]/g, '').trim();
