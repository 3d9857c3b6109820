/** The policy of the organisation does not allow cloud sessions. Asking again does not help; somebody must change it. */
export class PolicyBlockedError extends Error {
  override readonly name = 'PolicyBlockedError';
}

/** How Mission Control names the refusal. */
const CODE = 'policy_blocked';

/**
 * Whether an error of `createSession` is the refusal by policy. Runtimes hand on the body of Mission Control's answer
 * as the text of the error. The shape of the real one is not known: the code counts wherever it stands in the text. Of
 * a body `{code, message}` runtimes hand on the message alone, which only a predicate of your own can tell.
 */
export function isPolicyBlocked(error: unknown): boolean {
  return error instanceof Error && new RegExp(`(^|[^a-z_])${CODE}([^a-z_]|$)`).test(error.message);
}
