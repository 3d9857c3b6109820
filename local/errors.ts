/** A run that failed for a reason outside of the input; the CLI prints the message and exits with 1. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** The code of a system error, e.g. `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

const FIXES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or choose another place with --state',
  EDQUOT: 'the disk quota is used up: free some space, or choose another place with --state',
  EACCES: 'permission denied: choose a place you may write to with --state',
  EPERM: 'permission denied: choose a place you may write to with --state',
  EROFS: 'the file system is read-only: choose another place with --state',
  ENOTDIR: 'a file stands where a directory is needed: move it away, or choose another place with --state',
  EEXIST: 'a file stands where a directory is needed: move it away, or choose another place with --state',
  ENAMETOOLONG: 'the path is too long: choose a shorter one with --state',
};

/** Turns a failed write below the state directory into an error that says what to do. */
export function stateError(file: string, error: unknown): RunError {
  const code = errorCode(error) ?? 'unknown error';
  return new RunError(`cannot write ${file} (${code}): ${FIXES[code] ?? 'see the code'}`, { cause: error });
}
