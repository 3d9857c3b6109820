/** Exit codes of the host when it does not get as far as a running runtime. */
export const EXIT = { cannotStart: 1, badConfiguration: 2 } as const;

/** A reason not to start that the reader can act on: printed as a message, without a stack trace. */
export class StartFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.cannotStart,
  ) {
    super(message);
    this.name = 'StartFailure';
  }

  /** One failure for any number of mistakes, so that all are seen at once. */
  static ofMistakes(mistakes: readonly string[]): StartFailure {
    const count = mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`;
    return new StartFailure(
      [`${count} in the configuration:`, ...mistakes.map((mistake) => `- ${mistake}`)].join('\n'),
      EXIT.badConfiguration,
    );
  }
}

/** The `code` of a system error, such as `EACCES`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
