import { createRequire } from 'node:module';

type Resolve = (scope: unknown, value: unknown, preparing?: boolean) => unknown;

/** In a text: a mark of cdktf's, or what it takes for the mark of a number. Rather too many than too few. */
const MARKED = /TfToken\[|[-|\d.+]e[-|\d.eE+]|Map Token Value/;

/**
 * Lets cdktf 0.21 look for its tokens only where there can be one. It resolves each element of a stack and then the
 * whole stack once more, with an object and a closure per value, which is half of a synthesis; almost no value of ours
 * has a token. Whatever is not plain goes to cdktf as before, so that the output is the same to the byte.
 *
 * Reaches into a private module, like `skipStackTraces`, and stays out with the same CDKTF_STACK_TRACES=1.
 */
export function resolvePlainValuesQuickly(env = process.env): boolean {
  if (env.CDKTF_STACK_TRACES === '1') return false;
  try {
    const tokens = createRequire(import.meta.url)('cdktf/lib/_tokens') as { resolve?: Resolve };
    const { resolve } = tokens;
    if (typeof resolve !== 'function') return false;
    tokens.resolve = (scope, value, preparing) =>
      resolvePlain(value, (marked) => resolve(scope, marked, preparing));
    return true;
  } catch {
    return false;
  }
}

/** What cdktf's `resolve` makes of a value without tokens: a copy without anything undefined. */
export function resolvePlain(value: unknown, otherwise: (value: unknown) => unknown): unknown {
  const copy = (entry: unknown) => resolvePlain(entry, otherwise);
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return MARKED.test(value) ? otherwise(value) : value;
  if (typeof value === 'number') return isPlainNumber(value) ? value : otherwise(value);
  // A list may be marked by its elements, and a map by its keys.
  if (Array.isArray(value)) {
    return value.every(isPlainElement)
      ? value.map(copy).filter((entry) => entry !== undefined)
      : otherwise(value);
  }
  if (!isPlainObject(value)) return otherwise(value);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (MARKED.test(key)) return otherwise(value);
    const entry = copy(value[key]);
    if (entry !== undefined) result[key] = entry;
  }
  return result;
}

/** Tokens are huge, and the one of a map of numbers is negative. */
const isPlainNumber = (value: number) => value >= 0 && value <= Number.MAX_SAFE_INTEGER;

function isPlainElement(value: unknown): boolean {
  if (typeof value === 'string') return !MARKED.test(value);
  return typeof value !== 'number' || isPlainNumber(value);
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !('resolve' in value && typeof value.resolve === 'function')
  );
}
