import type { Json } from './message.js';

/** JSON-RPC error codes: those of the protocol and the runtime, and three of the gateway's own. */
export const CODE = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  /** What the runtime answers when a request fails, such as for an unknown session. */
  failed: -32603,
  shuttingDown: -32000,
  authenticationRequired: -32001,
  authenticationFailed: -32002,
  /** Never allowed to this tenant. */
  forbidden: -32010,
  /** Allowed, but over a limit of the tenant. */
  limit: -32011,
  /** Allowed, but its replica is down: try again. */
  unavailable: -32012,
} as const;

/** What kind of refusal it is, for audit and metrics. */
export type RefusalKind = 'authentication' | 'forbidden' | 'limit' | 'unavailable' | 'unknown' | 'invalid';

/** An error that goes to the client as it stands; never with a token, a prompt or a host path in it. */
export class RpcError extends Error {
  override readonly name: string = 'RpcError';
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }

  /** As it stands in an answer. */
  toJson(): { code: number; message: string; data?: unknown } {
    return { code: this.code, message: this.message, ...(this.data !== undefined && { data: this.data }) };
  }
}

/** A refusal by the gateway itself, which leaves an audit line. */
export class Refusal extends RpcError {
  override readonly name = 'Refusal';
  constructor(
    readonly kind: RefusalKind,
    code: number,
    message: string,
    details: Json = {},
  ) {
    super(code, message, { kind, retriable: kind === 'limit' || kind === 'unavailable', ...details });
  }
}

export const forbidden = (message: string) => new Refusal('forbidden', CODE.forbidden, message);
export const overLimit = (message: string) => new Refusal('limit', CODE.limit, message);
export const unavailable = (message: string, details?: Json) =>
  new Refusal('unavailable', CODE.unavailable, message, details);

/** What the runtime answers for a session that is not there, and so what a foreign one is. */
export const sessionNotFound = (method: string, sessionId: unknown) =>
  new Refusal(
    'unknown',
    CODE.failed,
    `Request ${method} failed with message: Session not found for sessionId: ${String(sessionId).slice(0, 200)}`,
  );

export const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
