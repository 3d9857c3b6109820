import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** Every file and directory below a directory. */
export function listing(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

/** Every file below a directory with what is in it. */
export function contents(directory: string): Record<string, string> {
  const files = listing(directory).filter((file) => statSync(path.join(directory, file)).isFile());
  return Object.fromEntries(files.map((file) => [file, readFileSync(path.join(directory, file), 'utf8')]));
}

/** Permission bits, e.g. 0o600. */
export const modeOf = (file: string) => statSync(file).mode & 0o777;
