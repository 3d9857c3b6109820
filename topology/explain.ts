import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

import { alternatives, schemaAt } from './json-schema.js';
import { quote, type Problem } from './problems.js';

type Path = (string | number)[];
export type Issue = z.core.$ZodIssue;

/** The path of an issue, as ours are. */
export function pathOf(issue: Issue): Path {
  return issue.path.filter((key): key is string | number => typeof key !== 'symbol');
}

export function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], input);
}

/** Our problems for what zod found: what was got, what was expected, and the nearest known word. */
export function explainAll(issues: readonly Issue[], input: unknown): Problem[] {
  const misspelt = issues.filter(
    (issue) => issue.code === 'unrecognized_keys' && issue.keys.some((key) => nearestKey(pathOf(issue), key)),
  );
  // "Must name one source, got none" says nothing new beside "variabel is not a known key".
  const follows = ({ code, path }: Issue) =>
    code === 'custom' && misspelt.some((other) => other.path.join('\0') === path.join('\0'));
  return issues.filter((issue) => !follows(issue)).flatMap((issue) => explain(issue, input));
}

function explain(issue: Issue, input: unknown): Problem[] {
  const path = pathOf(issue);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key) }));
  }
  if (issue.code === 'invalid_key') {
    // One wrong key breaks several limits at once; the pattern says them all.
    const inner = issue.issues.find(({ code }) => code !== 'too_big') ?? issue.issues[0];
    return inner ? [{ path, message: explainValue(inner, String(path.at(-1)), path) }] : [];
  }
  return [{ path, message: explainValue(issue, valueAt(input, path), path) }];
}

function explainValue(issue: Issue, value: unknown, path: Path): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value, path);
    case 'invalid_value':
      return notOneOf(issue.values.map(String), value);
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue, value, path);
    case 'invalid_union':
      if (issue.discriminator !== undefined) return notOneOf(alternativesOf(path), value);
      return `${issue.message}, got ${got(value, path)}`;
    case 'invalid_format':
      return `${issue.message}, got ${got(value, path)}`;
    case 'custom':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'invalid_key':
    case 'unrecognized_keys':
      return issue.message;
  }
}

function wrongType(expected: string, value: unknown, path: Path): string {
  if (value === undefined) {
    const allowed = schemaAt(path)?.enum?.map(String);
    return allowed ? notOneOf(allowed, value) : `is required: expected ${article(expected)}`;
  }
  if (value === null) return `has no value: give it ${article(expected)}, or remove the key`;
  if (isSecretSource(path))
    return 'must say where the secret is kept, such as { env: NAME }, and never be the secret itself';
  const message = `must be ${article(expected)}, got ${got(value, path)}`;
  if (expected === 'string' && typeof value !== 'object') return `${message}: put it in quotes`;
  const quoted = typeof value === 'string' && value.trim() !== '';
  if (quoted && ['number', 'int'].includes(expected) && Number.isFinite(Number(value))) {
    return `${message}: remove the quotes`;
  }
  if (quoted && expected === 'boolean') return `${message}: use true or false, without quotes`;
  return message;
}

/** A value in a message, unless somebody may have put a secret there. */
function got(value: unknown, path: Path): string {
  if (typeof value !== 'string') return quote(value);
  if (isSecretSource(path.slice(0, -1))) return `${value.length} characters`;
  return quote(value.replace(/\/\/[^/]*@/, '//…@'));
}

function isSecretSource(path: Path): boolean {
  return schemaAt(path)?.properties?.existingSecret !== undefined;
}

function notOneOf(allowed: readonly string[], value: unknown): string {
  const wanted = allowed.length === 1 ? allowed[0] : `one of ${allowed.join(', ')}`;
  if (value === undefined) return `is required: ${wanted}`;
  const near = typeof value === 'string' ? nearest(value, allowed) : undefined;
  return `must be ${wanted}, got ${quote(value)}${near ? `: did you mean ${near}?` : ''}`;
}

/** Values that tell the alternatives at a path apart. */
function alternativesOf(path: Path): string[] {
  const key = path.at(-1) ?? '';
  return alternatives(schemaAt(path.slice(0, -1))).flatMap(({ properties }) => {
    const value = properties?.[key]?.const;
    return value === undefined ? [] : [String(value)];
  });
}

function outOfBounds(issue: Issue & { code: 'too_small' | 'too_big' }, value: unknown, path: Path): string {
  const limit = issue.code === 'too_small' ? issue.minimum : issue.maximum;
  const most = issue.code === 'too_small' ? 'at least' : 'at most';
  if (typeof value === 'string') {
    if (value === '') return 'must not be empty';
    return `must have ${most} ${limit} characters, got ${value.length}: ${quote(value)}`;
  }
  if (Array.isArray(value)) {
    return `must have ${most} ${limit} ${limit === 1 ? 'entry' : 'entries'}, got ${value.length}`;
  }
  const { minimum, maximum } = schemaAt(path) ?? {};
  const range =
    minimum === undefined || maximum === undefined ? `${most} ${limit}` : `from ${minimum} to ${maximum}`;
  return `must be ${range}, got ${quote(value)}`;
}

function article(expected: string): string {
  const names: Record<string, string> = {
    int: 'a whole number',
    record: 'a mapping',
    object: 'a mapping',
    array: 'a list',
    boolean: 'true or false',
  };
  return names[expected] ?? `a ${expected}`;
}

function unknownKey(path: Path, key: string): string {
  const near = nearestKey(path, key);
  if (near !== undefined) return `is not a known key: did you mean ${near}?`;
  const known = knownKeys(path);
  return `is not a known key: known here ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
}

/** The known key at a path that an unknown one probably means. */
export function nearestKey(path: Path, key: string): string | undefined {
  return nearest(key, knownKeys(path));
}

export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0 || word.length > 60) return undefined;
  const plain = word.toLowerCase();
  const near = closest(
    plain,
    known.map((key) => key.toLowerCase()),
  );
  if (distance(plain, near) > Math.ceil(near.length / 3)) return undefined;
  return known.find((key) => key.toLowerCase() === near);
}

function knownKeys(path: Path): string[] {
  return [...new Set(alternatives(schemaAt(path)).flatMap((option) => Object.keys(option.properties ?? {})))];
}
