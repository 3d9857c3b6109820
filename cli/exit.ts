import { AzureError } from '../azure/errors.js';
import { BackupError } from '../backup/index.js';
import { ClusterError } from '../cluster/errors.js';
import { RunError } from '../local/index.js';
import { TargetError } from '../smoke/targets/target-error.js';
import { InputError } from '../topology/index.js';

import { Interrupted } from './interrupt.js';
import { errorColors, printError } from './output.js';

/** A check or a run failed. */
export const EXIT_FAILED = 1;
/** The input (topology, lock, manifest, arguments) cannot be used. */
export const EXIT_INPUT = 2;

/** Wrong arguments that only a command can see. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints an error for a person and sets the exit code; never a stack trace, unless DEBUG asks for it. */
export function exitWith(error: unknown): void {
  if (error instanceof Interrupted) {
    printError(error.message);
    process.exitCode = EXIT_FAILED;
    return;
  }
  const known =
    error instanceof InputError ||
    error instanceof UsageError ||
    error instanceof RunError ||
    error instanceof AzureError ||
    error instanceof BackupError ||
    error instanceof ClusterError ||
    error instanceof TargetError;
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split('\n')) printError(`${errorColors.red('error')} ${line}`);
  if (!known) {
    const detail = process.env.DEBUG && error instanceof Error ? `\n${error.stack}` : '';
    printError(
      `this is a mistake in copilot-runtimes: run again with DEBUG=1 and report what it prints${detail}`,
    );
  }
  process.exitCode = error instanceof InputError || error instanceof UsageError ? EXIT_INPUT : EXIT_FAILED;
}
