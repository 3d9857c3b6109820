import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { jest } from '@jest/globals';

import { afterTest } from './cleanup.js';

// Whole runs, each of several processes: on a busy machine they take their time.
jest.setTimeout(120_000);

/** The program as the build leaves it. */
export const CLI = path.resolve('dist/cli/main.js');

/** What a run must not get from whoever runs the tests. */
const WITHHELD = /^(CI|TOPOLOGY|DEBUG|FORCE_COLOR|NO_COLOR|NODE_.*|JEST_.*|.*(GH|GITHUB)_TOKEN)$/;

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the program, ended with the test. */
export class CliRun {
  stdout = '';
  stderr = '';
  readonly ended: Promise<CliResult>;
  readonly #child: ChildProcess;

  constructor(args: readonly string[], { cwd, env }: CliOptions) {
    this.#child = spawn(process.execPath, [CLI, ...args], {
      cwd,
      env: cliEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.#child, 'close').then(() => ({
      code: this.#child.exitCode,
      signal: this.#child.signalCode,
      stdout: this.stdout,
      stderr: this.stderr,
    }));
    afterTest(() => this.end());
  }

  get pid(): number {
    return this.#child.pid!;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes the pipes, as `| head -1` does. */
  stopReading(): void {
    this.#child.stdout!.destroy();
    this.#child.stderr!.destroy();
  }

  /** Waits until the program has printed this; fails when it ends before. */
  async said(text: string): Promise<void> {
    while (!this.stdout.includes(text)) {
      const more = Promise.race([
        once(this.#child.stdout!, 'data').then(() => true),
        this.ended.then(() => this.stdout.includes(text)),
      ]);
      if (!(await more)) throw new Error(`never said "${text}":\n${this.stdout}${this.stderr}`);
    }
  }

  /** Ends it in order, or after a while by force. */
  async end(): Promise<CliResult> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.signal('SIGCONT');
      this.signal('SIGTERM');
      const timer = setTimeout(() => this.signal('SIGKILL'), 15_000);
      await this.ended;
      clearTimeout(timer);
    }
    return this.ended;
  }
}

/** Runs the program to its end. */
export function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  return new CliRun(args, options).ended;
}

export function cliEnvironment(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !WITHHELD.test(name));
  return { ...Object.fromEntries(own), ...env };
}
