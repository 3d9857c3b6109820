/**
 * What a prompt can ask of a stand-in model, and the fake GitHub identities a stand-in GitHub knows. Shared by the
 * runtime host, which serves the stand-ins, and the smoke checks, which talk to them through a real runtime.
 */

/** The model that every stand-in serves. */
export const STAND_IN_MODEL = 'stand-in';

/** What a prompt asks of the stand-in, see {@link directive}. */
export type Directive =
  /** Answer exactly this. */
  | { readonly reply: string }
  /** Ask for this tool call, even if the tool was not offered; its result comes back as `tool result: …`. */
  | { readonly call: { readonly tool: string; readonly arguments?: Readonly<Record<string, unknown>> } }
  /** Answer the JSON array of the tool names that the request offered. */
  | { readonly offered: true }
  /** Answer the JSON array of all user messages of the request: what the model remembers. */
  | { readonly recall: true }
  /** Answer an {@link Identity} as JSON: who the request said it was. */
  | { readonly identify: true }
  /** Answer slowly, in `chunks` pieces with `intervalMs` milliseconds between them. */
  | { readonly stream: { readonly chunks: number; readonly intervalMs: number } };

/** Answer to `{identify: true}`. */
export interface Identity {
  /** First 16 hex digits of the SHA-256 of the bearer token; null without one. Never the token. */
  readonly authorization: string | null;
  /** Whose stand-in GitHub token it was; null for anything else. */
  readonly login: string | null;
  /** Value of the Copilot-Integration-Id header. */
  readonly integrationId: string | null;
  /** Path of the request, such as `/v1/chat/completions` (provider) or `/chat/completions` (GitHub). */
  readonly path: string;
  /** Of a cloud session: the repository that it works on, as `owner/name`. */
  readonly repository?: string;
}

const MARK = 'stand-in: ';

/** Start of the answer to a prompt without a directive. */
export const PLAIN_REPLY = 'stand-in reply to: ';

/** Start of the answer after a tool call. */
export const TOOL_RESULT = 'tool result: ';

/** The prompt that makes the stand-in do this; text may stand before and after it. */
export function directive(asked: Directive): string {
  return MARK + JSON.stringify(asked);
}

/** The last directive in a text, which the runtime may have wrapped in text of its own. */
export function findDirective(text: string): Directive | undefined {
  for (
    let at = text.lastIndexOf(`${MARK}{`);
    at >= 0;
    at = at === 0 ? -1 : text.lastIndexOf(`${MARK}{`, at - 1)
  ) {
    const found = parsePrefix(text.slice(at + MARK.length));
    if (found) return found;
  }
  return undefined;
}

/** The JSON object that a text starts with. */
function parsePrefix(text: string): Directive | undefined {
  for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}', end + 1)) {
    try {
      return JSON.parse(text.slice(0, end + 1)) as Directive;
    } catch {
      // Not closed yet: an object or a string with a brace in it goes on to a later one.
    }
  }
  return undefined;
}

/** A repository owner for whom the stand-in Mission Control blocks cloud sessions, as an organisation's policy does. */
export const POLICY_BLOCKED_OWNER = 'policy-blocked';

/** What the stand-in Mission Control says when it blocks: how often it was asked for this repository. */
export function policyBlockedText(attempt: number): string {
  return `cloud sessions are blocked by the policy of the organisation (attempt ${attempt})`;
}

/** The number in a {@link policyBlockedText}, which the runtime may have wrapped in text of its own. */
export function blockedAttempt(text: string): number | undefined {
  const found = /by the policy of the organisation \(attempt (\d+)\)/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** A model that the stand-in GitHub lists for this login only, beside {@link STAND_IN_MODEL}. */
export function standInModelOf(login: string): string {
  return `${STAND_IN_MODEL}-${login}`;
}

/** A token that only the stand-in GitHub accepts, as this login; shaped as the runtime wants an OAuth token. */
export function standInGitHubToken(login: string): string {
  return `gho_standin_${login}_${'0'.repeat(16)}`;
}

/** Whose stand-in token this is. */
export function standInLogin(token: string): string | undefined {
  return /^gho_standin_([A-Za-z0-9-]+)_0{16}$/.exec(token)?.[1];
}
