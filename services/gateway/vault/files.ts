import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { GATEWAY_ENV } from '../../../topology/gateway-contract.js';
import { ConfigError } from '../config.js';

/** A directory of secret files that nobody else may read. */
export class SecretFiles {
  constructor(readonly directory: string) {}

  /** @throws {ConfigError} when the directory is somebody else's, or cannot be made */
  async open(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
      // One that was there keeps its mode; chmod fails for whoever does not own it.
      await chmod(this.directory, 0o700);
    } catch (error) {
      throw new ConfigError(
        `cannot keep secrets in ${this.directory} (${(error as NodeJS.ErrnoException).code}): set ${GATEWAY_ENV.config} to a file in a directory that uid ${process.getuid?.()} owns, in memory`,
      );
    }
  }

  /** Writes a file whole, in place of the old one: a reader never sees half of it. */
  async write(name: string, text: string): Promise<void> {
    const file = path.join(this.directory, name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    // A name of its own for each: several are written at once.
    const next = path.join(this.directory, `.${randomUUID()}`);
    await writeFile(next, text, { mode: 0o600 });
    await rename(next, file);
  }

  async remove(name: string): Promise<void> {
    await rm(path.join(this.directory, name), { force: true });
  }
}
