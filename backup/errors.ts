import { ZodError } from 'zod';

/** A backup, restore or look at sessions that failed for a reason outside of the input; the CLI exits with 1. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** The code of a system error, e.g. `ENOSPC`. */
export function errorCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** The code of a system error, or else what it says, on one line. */
export function describeError(error: unknown): string {
  if (error instanceof ZodError) {
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  }
  return errorCode(error) ?? (error instanceof Error ? error.message : String(error));
}
