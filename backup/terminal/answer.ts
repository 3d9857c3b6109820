import type { Readable, Writable } from 'node:stream';

import pTimeout from 'p-timeout';

import { TerminalChannel } from './channel.js';
import type { Kind } from './frames.js';

/** How long it is waited for that the asker has heard the end. */
const BYE_MS = 10_000;

/** What a program in a terminal has for standard input and output. */
export interface AnsweringStreams {
  readonly input: Readable;
  readonly output: Writable;
}

export interface AnswerOptions {
  /** What comes off the terminal, which changes nothing in it. */
  readonly input: Readable;
  /** The terminal. */
  readonly output: Writable;
  /** Does what it is told by the arguments; what it throws is told the asker. */
  readonly run: (args: readonly string[], streams: AnsweringStreams) => Promise<void>;
  /** Time between two signs of life, in milliseconds. @default 15000 */
  readonly beatMs?: number;
}

/**
 * The side of the program in a terminal: says that it is there, takes its arguments, runs and says how it went.
 *
 * @throws Error when whoever asked has gone; nobody hears any more why
 */
export async function answerInTerminal({ input, output, run, beatMs }: AnswerOptions): Promise<void> {
  const said = new Said();
  let onLost: (error: Error) => void = () => undefined;
  const gone = new Promise<never>((_, reject) => (onLost = reject));
  gone.catch(() => undefined);
  const channel = new TerminalChannel({
    transmit: (text, done) => void output.write(text, () => done()),
    onSaid: (kind, text) => said.add(kind, text),
    onLost,
    ...(beatMs !== undefined && { beatMs }),
  });
  const hangUp = (error?: Error) => channel.lose(error ?? new Error('the terminal is gone'));
  input.once('error', hangUp).once('end', hangUp).once('close', hangUp);
  output.once('error', hangUp);
  try {
    output.write('\n');
    channel.say('ready');
    channel.say('measured', String(await Promise.race([firstLine(input), gone])));
    input.on('data', (text: string) => channel.hear(text));
    const args = argumentsOf(await Promise.race([said.first('order'), gone]));
    const exitCode = await run(args, { input: channel.incoming, output: channel.outgoing }).then(
      () => end(channel.outgoing).then(() => '0'),
      (error: unknown) => {
        channel.say('failure', error instanceof Error ? error.message : String(error));
        return '1';
      },
    );
    channel.say('exit', exitCode);
    await pTimeout(Promise.race([said.first('bye'), gone]), { milliseconds: BYE_MS });
  } finally {
    input.removeListener('end', hangUp).removeListener('close', hangUp);
    channel.close();
  }
}

/** @throws Error for what is no list of arguments */
function argumentsOf(text: string): string[] {
  const args: unknown = JSON.parse(text);
  if (Array.isArray(args) && args.every((one) => typeof one === 'string')) return args as string[];
  throw new Error('expected a list of arguments');
}

/** Characters before the first end of a line; what follows it is left to whoever reads next. */
async function firstLine(input: Readable): Promise<number> {
  let characters = 0;
  for await (const text of input.iterator({ destroyOnReturn: false }) as AsyncIterable<string>) {
    const at = text.indexOf('\n');
    if (at < 0) {
      characters += text.length;
      continue;
    }
    if (text.length > at + 1) input.unshift(text.slice(at + 1));
    return characters + at;
  }
  throw new Error('the terminal is gone');
}

function end(output: Writable): Promise<void> {
  if (output.writableFinished || output.destroyed) return Promise.resolve();
  return new Promise((resolve, reject) => {
    output.once('error', reject);
    output.end(resolve);
  });
}

/** What was said, and who waits for it. */
class Said {
  readonly #known = new Map<Kind, string>();
  readonly #waiting = new Map<Kind, (text: string) => void>();

  add(kind: Kind, text: string): void {
    this.#known.set(kind, text);
    this.#waiting.get(kind)?.(text);
  }

  first(kind: Kind): Promise<string> {
    const known = this.#known.get(kind);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve) => this.#waiting.set(kind, resolve));
  }
}
