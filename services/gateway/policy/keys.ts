import type { GatewayPolicy } from '../../../topology/schema/gateway.js';
import { forbidden } from '../errors.js';
import { isObject, type Json } from '../message.js';

/** What a value of one key must be: undefined when it may pass, else what is wrong with it. */
export type KeyRule = (value: unknown, policy: GatewayPolicy) => string | undefined;

/** Any value: it concerns nothing but the session itself. */
export const any: KeyRule = () => undefined;

/** Only these values, since all others reach beyond the session. */
export const only =
  (...allowed: readonly unknown[]): KeyRule =>
  (value) =>
    allowed.includes(value) ? undefined : `must be ${allowed.map((one) => JSON.stringify(one)).join(' or ')}`;

/** Only nothing at all. */
export const none =
  (why: string): KeyRule =>
  (value) =>
    value === null || value === false || (Array.isArray(value) && value.length === 0)
      ? undefined
      : `is not allowed: ${why}`;

/** Directories of the replica, by policy. */
export const directory: KeyRule = (value, policy) =>
  policy.workingDirectory || (Array.isArray(value) && value.length === 0)
    ? undefined
    : 'is not allowed: it names a directory of the replica (policy workingDirectory)';

/** Any value but these keys of it. */
export const object =
  (keys: Readonly<Record<string, KeyRule>>): KeyRule =>
  (value, policy) => {
    if (value === null) return undefined;
    if (!isObject(value)) return 'must be an object';
    for (const [key, inner] of Object.entries(value)) {
      const rule = Object.hasOwn(keys, key) ? keys[key] : undefined;
      const wrong = rule ? rule(inner, policy) : 'is not a key that may pass the gateway';
      if (wrong !== undefined) return `.${key} ${wrong}`;
    }
    return undefined;
  };

/**
 * Holds parameters to a list of keys. What is not in it is refused: a key that a later SDK brings may do anything.
 *
 * @throws {Refusal} naming the first key that may not pass
 */
export function checkKeys(
  method: string,
  params: Json,
  keys: Readonly<Record<string, KeyRule>>,
  policy: GatewayPolicy,
): void {
  for (const [key, value] of Object.entries(params)) {
    const rule = Object.hasOwn(keys, key) ? keys[key] : undefined;
    const wrong = rule ? rule(value, policy) : 'is not a key that may pass the gateway: leave it out';
    if (wrong === undefined) continue;
    throw forbidden(`${method}: ${key.slice(0, 60)}${wrong.startsWith('.') ? wrong : ` ${wrong}`}`);
  }
}
