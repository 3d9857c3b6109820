import {
  isMap,
  isNode,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type YAMLError,
  type YAMLMap,
} from 'yaml';

import { InputError, type Problem } from './problems.js';

type Place = Pick<Problem, 'line' | 'column'>;

/** Uses of all anchors of a file, nested ones multiplied: enough for 10,000 tenants, too few for a bomb. */
const MAX_ALIASES = 10_000;
const MAX_ERRORS = 10;
/** Sets the prototype of a JavaScript object instead of a value, so it would silently be lost. */
const UNUSABLE_KEY = '__proto__';

/** Errors of the parser in words about topologies. */
const EXPLAINED: Partial<Record<YAMLError['code'], string>> = {
  MULTIPLE_DOCS: 'holds more than one document: a topology is one, remove this "---" and what follows',
  NON_STRING_KEY: 'is not usable YAML: a key must be plain text, not a mapping or a list',
  TAG_RESOLVE_FAILED: 'is not usable YAML: tags such as !name mean nothing here, remove this one',
};

/** What a YAML file says, and where. */
export interface YamlInput {
  readonly input: unknown;
  /** Keys that stand twice (the last one counts, so that the rest can still be looked at) or that nothing can have. */
  readonly wrongKeys: readonly Problem[];
  /** Position of the value at a path, or of the nearest thing above it that exists. */
  locate(path: Problem['path']): Place;
}

/**
 * Reads YAML.
 *
 * @throws {InputError} when it is none; nothing else, whatever the text
 */
export function readYaml(text: string, source: string): YamlInput {
  const lines = new LineCounter();
  // Keys are text: otherwise 007 would silently be the tenant "7".
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true });
  const refuse = (problems: readonly Problem[]): never => {
    throw new InputError(source, problems);
  };

  const errors = [...document.errors, ...document.warnings].filter(({ code }) => code !== 'DUPLICATE_KEY');
  const problems = errors.map((error) => ({
    path: [],
    message: explainError(error),
    ...placeAt(lines, error.pos[0]),
  }));
  // One slip makes the parser stumble over the rest of its line.
  const first = problems.filter(({ line }, i) => problems.findIndex((other) => other.line === line) === i);
  if (first.length > 0) return refuse(first.slice(0, MAX_ERRORS));

  try {
    const input: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return { input, wrongKeys: wrongKeys(text, document, lines), locate: locator(document, lines) };
  } catch (error) {
    return refuse([aliasProblem(document, lines, (error as Error).message)]);
  }
}

function explainError({ code, message }: YAMLError): string {
  const known = EXPLAINED[code];
  if (known !== undefined) return known;
  if (message.includes('call stack')) return 'is not usable YAML: it is nested too deeply';
  const reason = message.split('\n')[0] ?? '';
  return `is not valid YAML: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}

/** Why anchors and aliases could not be put together. */
function aliasProblem(document: Document, lines: LineCounter, reason: string): Problem {
  let message = `anchors are used more than ${MAX_ALIASES} times, nested uses multiplied: write values out`;
  let offset = 0;
  if (reason.startsWith('Unresolved alias')) {
    visit(document, {
      Alias(_, alias) {
        if (alias.resolve(document) !== undefined) return undefined;
        message = `no anchor &${alias.source} stands before *${alias.source}: add it, or write the value out`;
        offset = alias.range?.[0] ?? 0;
        return visit.BREAK;
      },
    });
  }
  return { path: [], message: `is not usable YAML: ${message}`, ...placeAt(lines, offset) };
}

/** Keys that stand twice, and the one that no object can carry. */
function wrongKeys(text: string, document: Document, lines: LineCounter): Problem[] {
  const repeated = new Set(document.errors.map((error) => error.pos[0]));
  const problems: Problem[] = [];
  if (repeated.size === 0 && !text.includes(UNUSABLE_KEY)) return problems;
  visit(document, {
    Pair(_, pair, ancestors) {
      if (!isNode(pair.key) || !pair.key.range) return;
      const offset = pair.key.range[0];
      const key = keyOf(pair);
      const path = [...ancestors.flatMap((node, i) => segment(node, ancestors[i + 1])), key];
      if (key === UNUSABLE_KEY) {
        problems.push({
          path,
          message: 'cannot be used as a key: choose another',
          ...placeAt(lines, offset),
        });
      } else if (repeated.has(offset)) {
        const first = firstLine(ancestors.at(-1), key, lines);
        problems.push({ path, message: twice(path, first), ...placeAt(lines, offset) });
      }
    },
  });
  return problems;
}

function firstLine(map: unknown, key: string, lines: LineCounter): number | undefined {
  const first = isMap(map) ? map.items.find((item) => keyOf(item) === key)?.key : undefined;
  return isNode(first) && first.range ? placeAt(lines, first.range[0]).line : undefined;
}

function twice(path: Problem['path'], first: number | undefined): string {
  const tenant = path.length === 2 && path[0] === 'tenants';
  return `stands here for the second time, first in line ${first}: ${
    tenant
      ? 'two tenants cannot have the same id, rename or remove one'
      : 'a setting has one value, remove one'
  }`;
}

/** What an ancestor adds to the path: the key of a pair, the index in a list. */
function segment(node: unknown, next: unknown): (string | number)[] {
  if (typeof node !== 'object' || node === null) return [];
  if ('key' in node) return [keyOf(node)];
  const items = 'items' in node && !isMap(node) ? (node.items as unknown[]) : [];
  return items.includes(next) ? [items.indexOf(next)] : [];
}

function keyOf(pair: { key?: unknown }): string {
  return String(isNode(pair.key) ? pair.key.toJSON() : pair.key);
}

/** A function from paths to positions; it looks up each mapping once, for a report can have thousands of lines. */
function locator(document: Document, lines: LineCounter): YamlInput['locate'] {
  const pairs = new WeakMap<object, Map<string, Pair>>();
  const pairsOf = (map: YAMLMap) => {
    const known = pairs.get(map) ?? new Map(map.items.map((pair) => [keyOf(pair), pair]));
    pairs.set(map, known);
    return known;
  };
  return (path) => {
    let place = document.contents?.range?.[0] ?? 0;
    let at: unknown = document.contents;
    for (const key of path) {
      const pair = isMap(at) ? pairsOf(at).get(String(key)) : undefined;
      const item: unknown = isSeq(at) ? at.items[Number(key)] : undefined;
      const found = pair?.key ?? item;
      if (!isNode(found)) break;
      place = found.range?.[0] ?? place;
      at = pair?.value ?? item;
    }
    return placeAt(lines, place);
  };
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
