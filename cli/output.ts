import pc from 'picocolors';

/** Colours only on a terminal, or when FORCE_COLOR asks for them; NO_COLOR turns them off. */
const colorsOf = ({ isTTY }: { readonly isTTY?: boolean }) => {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  return pc.createColors(!NO_COLOR && (FORCE_COLOR ? FORCE_COLOR !== '0' : isTTY === true));
};

export const colors = colorsOf(process.stdout);
/** For what goes to stderr, which may be a file while stdout is a terminal. */
export const errorColors = colorsOf(process.stderr);

export function print(text = ''): void {
  process.stdout.write(`${text}\n`);
}

export function printError(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Columns of the terminal; 100 where there is none. */
export const width = () => process.stdout.columns ?? 100;

/** `1 runtime`, `2 runtimes`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

// A reader that has seen enough (`| head`) is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
