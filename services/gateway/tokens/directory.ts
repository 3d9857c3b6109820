import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { watchDirectory } from '../../common/watch-directory.js';
import type { Tokens, TokenSource } from './source.js';

const TOKEN_FILE = /^[a-z0-9-]+\.[ab]$/;

/** A directory with one file per slot, `<tenant>.a` and `<tenant>.b`. */
export class TokenDirectory implements TokenSource {
  #stop: (() => void) | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(
    private readonly directory: string,
    private readonly warn: (message: string) => void,
  ) {}

  async start(onTokens: (tokens: Tokens) => void): Promise<void> {
    const read = async () => {
      try {
        onTokens(await this.#read());
      } catch (error) {
        // What was read before stays valid: an unreadable directory must not lock every tenant out.
        this.warn(
          `cannot read the tokens in ${this.directory} (${(error as NodeJS.ErrnoException).code}): see that it exists and can be read`,
        );
      }
    };
    // One after another, so that an older reading never comes last.
    const again = () => (this.#reading = this.#reading.then(read));
    this.#stop = watchDirectory(this.directory, () => void again());
    await again();
  }

  async #read(): Promise<Tokens> {
    const names = (await readdir(this.directory)).filter((name) => TOKEN_FILE.test(name));
    const values = await Promise.all(
      names.map(async (name) => {
        const text = await readFile(path.join(this.directory, name), 'utf8').catch(() => '');
        return [name, text.trim()] as const;
      }),
    );
    return new Map(values.filter(([, value]) => value !== ''));
  }

  close(): void {
    this.#stop?.();
  }
}
