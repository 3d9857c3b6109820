import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { messageOf, StartFailure } from './failure.js';
import { onLine } from './lines.js';
import type { Log, Redactor } from './log.js';

/** What is needed to start a runtime. */
export interface RuntimeProcessProps {
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
  readonly redactor: Redactor;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when the process could not be started at all. */
  readonly error?: Error;
}

/** A cold CLI unpacks 235 MB first. */
const START_DEADLINE_MS = 60_000;

/** Last lines of stderr that explain why a runtime did not start. */
const KEPT_LINES = 20;

/** The runtime as a child process in the host's own process group. */
export class RuntimeProcess {
  /** How the process ended; settles once its output has been read, and never rejects. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #lastErrors: string[] = [];
  readonly #announced: Promise<number>;

  constructor(private readonly props: RuntimeProcessProps) {
    const { binary, args, env, log, redactor } = props;
    const child = spawn(binary, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const redact = (text: string) => redactor.redact(text);
    const out = log.child({ from: 'runtime' });
    this.#announced = new Promise((resolve) => {
      onLine(child.stdout, redact, (line) => {
        out.info(line);
        const port = /listening on port (\d+)/.exec(line)?.[1];
        if (port) resolve(Number(port));
      });
    });
    onLine(child.stderr, redact, (line) => {
      out.warn(line);
      this.#lastErrors.push(line);
      if (this.#lastErrors.length > KEPT_LINES) this.#lastErrors.shift();
    });
    this.exited = new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
      // Not `exit`: what the process wrote last must be in the log and in the message. But something that the
      // runtime started may hold the pipe open, so an exit is waited on only a little.
      child.once('close', (code, signal) => resolve({ code, signal }));
      child.once('exit', (code, signal) => setTimeout(() => resolve({ code, signal }), 500).unref());
    });
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and kills it when it has not after `graceMs` milliseconds. Settles when it has ended. */
  async end(graceMs: number): Promise<void> {
    this.kill('SIGTERM');
    const timer = setTimeout(() => this.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /**
   * Port that the runtime serves.
   *
   * @throws StartFailure when the runtime ends before it listens, or takes longer than a minute
   */
  async listening(): Promise<number> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), START_DEADLINE_MS);
    });
    try {
      const first = await Promise.race([this.#announced, this.exited, late]);
      if (typeof first === 'number') return first;
      throw new StartFailure(
        first
          ? this.#whyNotStarted(first)
          : `the runtime did not listen within ${START_DEADLINE_MS / 1000} s`,
      );
    } finally {
      clearTimeout(timer);
    }
  }

  #whyNotStarted(exit: Exit): string {
    const said = this.#lastErrors.join('\n');
    if (/address already in use/i.test(said)) {
      const port = portArgument(this.props.args);
      return `the runtime's port ${port ?? ''} is already in use: stop what listens there or choose another --port`;
    }
    const why = said || 'it wrote nothing to stderr; see its log lines';
    return `the runtime ${this.props.binary} did not start: ${describeExit(exit)}: ${why}`;
  }
}

/** An exit in words. */
export function describeExit(exit: Exit): string {
  if (exit.error) return messageOf(exit.error);
  return exit.signal ? `killed by ${exit.signal}` : `exit code ${exit.code}`;
}

/** Exit code of a host whose runtime ended by itself: never 0, so that the platform starts both again. */
export function exitCodeFor(exit: Exit): number {
  if (exit.signal) return 128 + (constants.signals[exit.signal] ?? 0);
  return exit.code || 1;
}

/** The value of `--port`. */
function portArgument(args: readonly string[]): string | undefined {
  return argument(args, '--port');
}

/** Where a client on this machine reaches the runtime, from its own `--host`. */
export function localHost(args: readonly string[]): string {
  const host = argument(args, '--host') ?? '127.0.0.1';
  if (host === '0.0.0.0' || host === 'localhost') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host.replace(/^\[|\]$/g, '')}]` : host;
}

function argument(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at >= 0 ? args[at + 1] : args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
}
