import { TENANT_SEPARATOR } from '../../topology/pool-contract.js';

import { isObject, type Json } from './message.js';

/**
 * Longest session id of a client. With the longest tenant id and the separator it stays below the 200 characters
 * that every runtime takes.
 */
export const MAX_SESSION_ID = 150;

const SESSION_ID = /^[A-Za-z0-9_-]+$/;

/** What a runtime has in front of the ids of a tenant's sessions. */
export const prefixOf = (tenant: string) => `${tenant}${TENANT_SEPARATOR}`;

export const isSessionId = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= MAX_SESSION_ID && SESSION_ID.test(value);

/** Keys whose value is a session's id. */
const IDS: ReadonlySet<string> = new Set([
  'sessionId',
  'nativeSessionId',
  'parentSessionId',
  'detachedFromSpawningParentSessionId',
]);

/** Keys whose value is a path of the replica, which is no business of a tenant. */
const PATHS: ReadonlySet<string> = new Set([
  'workspacePath',
  'transcriptPath',
  'cwd',
  'gitRoot',
  'workingDirectory',
  'resolvedWorkingDirectory',
]);

/** Keys that the protocol itself nests in; all else (arguments, contents, …) belongs to whoever sent it. */
const NESTED: ReadonlySet<string> = new Set([
  'session',
  'sessions',
  'event',
  'events',
  'data',
  'context',
  'input',
  'workspace',
]);

/** The id that a runtime knows a session by. The only way in; {@link outward} is the only way out. */
export const inward = (prefix: string, sessionId: string) => prefix + sessionId;

/**
 * Turns what a runtime says (a result, the parameters of a request or a notification) into what the tenant may see:
 * ids without the prefix, no paths of the replica. Changes it in place.
 */
export function outward<T>(prefix: string, value: T): T {
  if (Array.isArray(value)) {
    for (const item of value) outward(prefix, item);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) outwardKey(prefix, value, key);
  }
  return value;
}

function outwardKey(prefix: string, holder: Json, key: string): void {
  const value = holder[key];
  if (typeof value === 'string') {
    if (IDS.has(key)) holder[key] = strip(prefix, value);
    else if (PATHS.has(key)) delete holder[key];
    else if (key === 'id' && value.startsWith(prefix)) holder[key] = strip(prefix, value);
  } else if (NESTED.has(key)) {
    outward(prefix, value);
  }
}

export const strip = (prefix: string, id: string) => (id.startsWith(prefix) ? id.slice(prefix.length) : id);

/** The text of a runtime's error, which names ids as the runtime knows them. */
export const outwardText = (prefix: string, text: string) => text.replaceAll(prefix, '');
