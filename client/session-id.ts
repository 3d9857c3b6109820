import { randomBytes } from 'node:crypto';

/** Longest id that a client may give a session: gateways put the tenant before it, and runtimes take about 200. */
export const SESSION_ID_MAX = 150;

/** Whose session it is. */
export interface SessionOwner {
  /** Id of the tenant in the topology. */
  readonly tenant: string;
  /** A person inside the tenant; any text. @default - the session belongs to the tenant as a whole */
  readonly user?: string;
  /** What the session is for, e.g. the name of a workflow; any text. @default - none */
  readonly workload?: string;
}

/** A session id taken apart. */
export interface SessionIdParts extends SessionOwner {
  /** Tells sessions of one owner apart; any text. */
  readonly unique: string;
}

/** An id or an owner that cannot be used. */
export class SessionIdError extends TypeError {
  override readonly name = 'SessionIdError';
}

const TENANT_ID = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * The id of a session: `<tenant>_<user>_<workload>_<unique>`, with whatever is no letter or digit written as `-` and
 * two hex digits of its UTF-8. Distinct owners never share one, and none is the beginning of another's.
 *
 * @param parts `unique` is random unless given, e.g. the number of an order to find its session again
 * @throws {SessionIdError} when a part cannot be used, or all together have more than {@link SESSION_ID_MAX} characters
 */
export function encodeSessionId(parts: SessionOwner & { readonly unique?: string }): string {
  const { tenant, user, workload, unique = randomBytes(10).toString('hex') } = parts;
  assertTenant(tenant);
  for (const [name, value] of Object.entries({ user, workload, unique })) {
    if (value === '')
      throw new SessionIdError(`${name} must not be empty: leave it out, or give it a character or more`);
    // Half a surrogate pair has no UTF-8: two of them would be written alike.
    if (value !== undefined && /\p{Surrogate}/u.test(value))
      throw new SessionIdError(`${name} must be well-formed Unicode: see how the text was cut`);
  }
  const id = [tenant, escape(user ?? ''), escape(workload ?? ''), escape(unique)].join('_');
  if (id.length > SESSION_ID_MAX) {
    throw new SessionIdError(
      `a session id must have at most ${SESSION_ID_MAX} characters, got ${id.length}: shorten user, workload or unique, of which each character besides letters and digits takes three or more`,
    );
  }
  return id;
}

/** The parts of an id that {@link encodeSessionId} made; undefined for any other text. */
export function parseSessionId(id: string): SessionIdParts | undefined {
  const [tenant = '', user, workload, unique, ...more] = id.split('_');
  if (user === undefined || workload === undefined || !unique || more.length > 0) return undefined;
  if (id.length > SESSION_ID_MAX || !TENANT_ID.test(tenant)) return undefined;
  const texts = [user, workload, unique].map(unescape);
  const [userText, workloadText, uniqueText] = texts;
  if (userText === undefined || workloadText === undefined || uniqueText === undefined) return undefined;
  return {
    tenant,
    ...(userText !== '' && { user: userText }),
    ...(workloadText !== '' && { workload: workloadText }),
    unique: uniqueText,
  };
}

/**
 * Whether a session is of this owner: all that the owner names must be the same. An owner without a user is the
 * tenant as a whole, whose are the sessions of all its users.
 */
export function isOwnedBy(id: string, owner: SessionOwner): boolean {
  const parts = parseSessionId(id);
  return (
    parts !== undefined &&
    parts.tenant === owner.tenant &&
    (owner.user === undefined || parts.user === owner.user) &&
    (owner.workload === undefined || parts.workload === owner.workload)
  );
}

function assertTenant(tenant: string): void {
  if (TENANT_ID.test(tenant)) return;
  throw new SessionIdError(
    `tenant must be the id of a tenant (lower-case letters, digits and inner hyphens, at most 40), got ${JSON.stringify(tenant.slice(0, 60))}: use its key in the topology`,
  );
}

function escape(text: string): string {
  return [...Buffer.from(text, 'utf8')]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9]/.test(character) ? character : `-${byte.toString(16).padStart(2, '0')}`;
    })
    .join('');
}

/** The text of what {@link escape} wrote; undefined for what it never writes, so that each owner has one spelling. */
function unescape(written: string): string | undefined {
  if (!/^([A-Za-z0-9]|-[0-9a-f]{2})*$/.test(written)) return undefined;
  const bytes = written.replace(/-([0-9a-f]{2})|./g, (character, hex?: string) =>
    String.fromCharCode(hex === undefined ? character.charCodeAt(0) : Number.parseInt(hex, 16)),
  );
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return escape(text) === written ? text : undefined;
}
