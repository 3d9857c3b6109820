import { readFile } from 'node:fs/promises';

import type { OldToken } from '../smoke/index.js';

import { UsageError } from './exit.js';

/** The check that looks at them. */
const CHECK = 'old-token-refused';

/** Where a token from before a rotation is kept. */
export interface OldTokenFile {
  readonly of: string;
  readonly file: string;
}

/** Understands one `--old-token <tenant>=<file>` more. @throws UsageError, without what was given: it may be a token */
export function oldTokenFile(text: string, before: readonly OldTokenFile[] = []): OldTokenFile[] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new UsageError('--old-token must be <tenant>=<file>, with the token in the file');
  }
  return [...before, { of: text.slice(0, at), file: text.slice(at + 1) }];
}

/**
 * The tokens in the files.
 *
 * @param only ids of the checks to run; undefined for all
 * @throws UsageError when a token is missing, or nothing would look at it
 */
export async function readOldTokens(
  files: readonly OldTokenFile[] = [],
  only?: readonly string[],
): Promise<OldToken[]> {
  if (only && only.includes(CHECK) !== files.length > 0) {
    throw new UsageError(
      files.length > 0
        ? `--old-token is for ${CHECK}, and --only leaves that out: add it, or leave out --only`
        : `--only ${CHECK} needs a token from before a rotation: add --old-token <tenant>=<file>`,
    );
  }
  return Promise.all(
    files.map(async ({ of, file }) => {
      const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new UsageError(
          `--old-token: what is given for ${of} cannot be read (${error.code}): give a file that has the token, never the token itself`,
        );
      });
      const value = text.trim();
      if (value !== '') return { of, value };
      throw new UsageError(
        `--old-token: the file for ${of} is empty: save the token there before a rotation`,
      );
    }),
  );
}
