import { randomUUID } from 'node:crypto';
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A directory of secret files that nobody else may read. */
export class SecretFiles {
  constructor(readonly directory: string) {}

  /** @throws Error when the directory is somebody else's, or cannot be written */
  async open(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    // One that was there keeps its mode; chmod fails for whoever does not own it.
    await chmod(this.directory, 0o700);
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
