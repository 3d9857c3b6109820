import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Runs a program to its end and returns what it printed. Its own words become the error when it fails. */
export async function command(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<string> {
  const { timeoutMs = 300_000, ...rest } = options;
  try {
    const { stdout } = await run(program, args, { ...rest, timeout: timeoutMs, maxBuffer: 64 << 20 });
    return stdout;
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new Error(
      `${program} ${args.slice(0, 6).join(' ')} failed: ${stdout.slice(-2000)}${stderr.slice(-2000)}`,
      {
        cause: error,
      },
    );
  }
}
