import type { IncomingHttpHeaders } from 'node:http';

import type { Principal } from './directory.js';

/** What a part of the stand-in is asked. */
export interface AzureRequest {
  readonly method: string;
  /** Name of the host that the caller wanted, without a port. */
  readonly host: string;
  /** Path as it came, with its capitals. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Text of the body; empty without one. */
  readonly text: string;
}

/** A request by somebody who has shown a token. */
export interface AuthenticatedRequest extends AzureRequest {
  readonly principal: Principal;
}

/** What it answers. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. @default - an empty body */
  readonly body?: unknown;
}

/** A refusal in the words of Azure; thrown wherever it is found, it becomes the answer. */
export class AzureError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly more: {
      readonly innererror?: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(message);
  }

  get answer(): Answer {
    const { innererror, headers } = this.more;
    const error = { code: this.code, message: this.message, ...(innererror ? { innererror } : {}) };
    return { status: this.status, body: { error }, ...(headers ? { headers } : {}) };
  }
}

/** The JSON object in a body. @throws AzureError when it is none */
export function jsonBody(request: AzureRequest): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(request.text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Said below: it is no object either.
  }
  throw new AzureError(
    400,
    'InvalidRequestContent',
    'The request content was invalid: it is no JSON object.',
  );
}
