import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Replaces secrets in text, as they are and as JSON writes them. */
export class Redactor {
  readonly #values = new Set<string>();

  /** From now on this value is never let through. */
  hide(value: string | undefined): void {
    if (!value) return;
    this.#values.add(value);
    this.#values.add(JSON.stringify(value).slice(1, -1));
  }

  redact(text: string): string {
    let result = text;
    for (const value of this.#values) result = result.replaceAll(value, '[redacted]');
    return result;
  }
}

/** The host's one logger: JSON lines on stdout, each without secrets, wherever in the line they stood. */
export function createLog(redactor: Redactor, write: (line: string) => void = toStdout): Log {
  return pino(
    {
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => write(redactor.redact(line)) },
  );
}

function toStdout(line: string): void {
  process.stdout.write(line);
}
