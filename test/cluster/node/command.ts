import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** @default 300_000 */
  readonly timeoutMs?: number;
  /** Ends the program, and what it has started. @default - nothing does */
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws Error with its own words when it fails, or the reason of the signal
 */
export async function command(
  program: string,
  args: readonly string[],
  { cwd, env, timeoutMs = 300_000, signal }: CommandOptions = {},
): Promise<string> {
  signal?.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own can be ended as a whole; otherwise Ctrl-C reaches it by itself.
    detached: signal !== undefined,
    ...(cwd !== undefined && { cwd }),
    ...(env && { env }),
  });
  const end = () => {
    try {
      process.kill(signal ? -child.pid! : child.pid!, 'SIGTERM');
    } catch {
      // It has ended just now.
    }
  };
  signal?.addEventListener('abort', end);
  const late = setTimeout(end, timeoutMs);
  try {
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    if (code === 0) return stdout;
    signal?.throwIfAborted();
    throw new Error(
      `${program} ${args.slice(0, 6).join(' ')} failed: ${stdout.slice(-2000)}${stderr.slice(-2000)}`,
    );
  } finally {
    clearTimeout(late);
    signal?.removeEventListener('abort', end);
  }
}
