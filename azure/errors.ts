/** Azure cannot be reached, or refuses what was asked; the CLI prints the message and exits with 1. */
export class AzureError extends Error {
  override readonly name = 'AzureError';
  /** HTTP status. @default - there was no answer */
  readonly status?: number;
  /** Azure's own word for it, such as `AuthorizationFailed`. @default - it gave none */
  readonly code?: string;

  constructor(message: string, about: { status?: number; code?: string; cause?: unknown } = {}) {
    super(message, { cause: about.cause });
    if (about.status !== undefined) this.status = about.status;
    if (about.code !== undefined) this.code = about.code;
  }
}
