import { spawn, type ChildProcess } from 'node:child_process';

/** Told what a terminal says. */
export interface PtyEvents {
  hear(text: string): void;
  closed(): void;
}

export interface PtyOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What starts `script`, for a terminal in another place. @default - a terminal of this machine */
  readonly inside?: readonly string[];
}

/** A program in a real terminal, without arguments, as Container Instances starts one. */
export class Pty {
  readonly #child: ChildProcess;

  /** @param program Path; spaces are part of it */
  constructor(program: string, { env, inside = [] }: PtyOptions, events: PtyEvents) {
    const quoted = program.replaceAll("'", "'\\''");
    const [command, ...args] = [
      ...inside,
      ...['script', '--quiet', '--flush', '--command', `exec '${quoted}'`, '/dev/null'],
    ];
    this.#child = spawn(command!, args, { env: env as NodeJS.ProcessEnv, stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdin!.on('error', () => undefined);
    this.#child.stdout!.setEncoding('latin1').on('data', (text: string) => events.hear(text));
    this.#child.once('close', () => events.closed());
  }

  /** Types something. */
  send(text: string): void {
    this.#child.stdin!.write(Buffer.from(text, 'latin1'));
  }

  /** Takes the terminal away: its program is told so by SIGHUP. */
  close(): void {
    this.#child.kill('SIGKILL');
  }
}
