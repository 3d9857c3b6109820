import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { CLI, cliEnvironment } from '../support/cli.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The lines of all `sh` blocks of a page, without their comments. */
export function commandsOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  return blocks
    .flatMap((block) => block.replaceAll('\\\n', '').split('\n'))
    .map((line) => line.replace(/(^|\s+)#.*/, '').replace(/\s+/g, ' '))
    .filter((line) => line !== '');
}

/** The `sh` blocks of some pages, of which each line is to be run as it stands there. */
export class Runbook {
  readonly #left: Set<string>;
  readonly #bin: string;

  constructor(
    pages: readonly string[],
    private readonly cwd: string,
  ) {
    this.#left = new Set(pages.flatMap((page) => commandsOf(readFileSync(page, 'utf8'))));
    this.#bin = path.join(cwd, 'bin');
    mkdirSync(this.#bin);
    this.#program('copilot-runtimes', `exec '${process.execPath}' '${CLI}' "$@"`);
    // What npx finds in an application that has the package.
    this.#program('npx', 'exec "$@"');
  }

  /** Lines that nobody has run yet. */
  get left(): string[] {
    return [...this.#left];
  }

  /** Runs a line of the pages by a shell. @throws Error when no page has it */
  run(command: string): Promise<Ran> {
    if (!this.#left.delete(command)) throw new Error(`no page has this command, or it was run: ${command}`);
    const env = cliEnvironment({ PATH: `${this.#bin}:${process.env.PATH}` });
    return new Promise((resolve) =>
      execFile('sh', ['-c', command], { cwd: this.cwd, env }, (error, stdout, stderr) =>
        resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
      ),
    );
  }

  #program(name: string, line: string): void {
    const file = path.join(this.#bin, name);
    writeFileSync(file, `#!/bin/sh\n${line}\n`);
    chmodSync(file, 0o755);
  }
}
