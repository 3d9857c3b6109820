#!/usr/bin/env node
/**
 * The program that `copilot-runtimes backup`, `restore` and `sessions` start in the container of a runtime, as its user
 * and beside it: it alone reaches the volume. Sessions come and go by standard input and output.
 */
import { carryOut, OrderError } from './carry-out.js';

process.umask(0o077);

try {
  const { stdin: input, stdout: output } = process;
  await carryOut(process.argv.slice(2), { input, output, abandon: () => process.exit(1) });
  process.exit(0);
} catch (error) {
  const code = error instanceof OrderError ? 2 : 1;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`, () =>
    process.exit(code),
  );
}
