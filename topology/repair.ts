import { explainAll, nearest, nearestKey, pathOf, valueAt, type Issue } from './explain.js';
import { alternatives, schemaAt, type JsonSchema } from './json-schema.js';
import type { Problem } from './problems.js';
import { checkRules } from './rules/index.js';
import { topologySchema, type Topology } from './schema/index.js';

type Path = readonly (string | number)[];

const REMOVED = Symbol('removed');
/** Stands for a key that was wrong. */
const RENAMED = 'repaired';
/** One of these passes for any text the schema wants. */
const TEXTS = [
  'repaired',
  'https://repaired.example',
  'redis://repaired.example',
  '10.0.0.0/8',
  '00000000-0000-4000-8000-000000000000',
  '/subscriptions/0/resourceGroups/0/providers/0',
];
const MAX_ROUNDS = 16;
/** Values tried in place of wrong ones that were one of a few, see {@link problemsBesides}. */
const MAX_VARIANTS = 24;

/**
 * The mistakes that stand beside those that were found already, so that one report has them all: wrong values
 * are replaced by legal ones, and what the result still has of mistakes is told.
 *
 * Only what is true whatever the wrong values should have been: a rule that looks at a wrong value is not heard,
 * and where a wrong value is one of a few (a platform), a contradiction counts only if each of them has it.
 */
export function problemsBesides(input: unknown, issues: readonly Issue[]): Problem[] {
  const repair = new Repair(input);
  const rest = repair.run(issues);
  if (!rest) return repair.problems;
  const variants = [rest, ...repair.variants(MAX_VARIANTS)];
  const [first = [], ...others] = variants.map((topology) => repair.heard(checkRules(topology)));
  const everywhere = first.filter((problem) =>
    others.every((problems) => problems.some((other) => same(problem, other))),
  );
  return [...repair.problems, ...everywhere];
}

const same = (a: Problem, b: Problem) => a.message === b.message && a.path.join('\0') === b.path.join('\0');

class Repair {
  /** Mistakes that come to light only once others are repaired. */
  readonly problems: Problem[] = [];
  private readonly root: { topology: unknown };
  /** Where something was replaced, and all that is above such a place. */
  private readonly touched = new Set<string>();
  private readonly above = new Set<string>();
  private readonly attempts = new Map<string, number>();
  private readonly names = new Map<string, string>();
  private readonly choices = new Map<Path, readonly unknown[]>();

  constructor(input: unknown) {
    this.root = { topology: structuredClone(input) };
  }

  run(issues: readonly Issue[]): Topology | undefined {
    let left = issues;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      for (const issue of left) this.mend(issue);
      const result = topologySchema.safeParse(this.root.topology);
      if (result.success) return result.data;
      left = result.error.issues;
      const fresh = left.filter((issue) => !this.isTouched(pathOf(issue)));
      this.problems.push(...this.heard(explainAll(fresh, this.root.topology)));
    }
    return undefined;
  }

  /** The topology with each of the other values that a wrong one could have been. */
  variants(limit: number): Topology[] {
    const all = [...this.choices].flatMap(([path, values]) => values.map((value) => [path, value] as const));
    return all.slice(0, limit).flatMap(([path, value]) => {
      const before = valueAt(this.root.topology, path);
      this.put(path, value);
      const result = topologySchema.safeParse(this.root.topology);
      this.put(path, before);
      return result.success ? [result.data] : [];
    });
  }

  /** Problems that are no echo of what was replaced, with the keys that the file has. */
  heard(problems: readonly Problem[]): Problem[] {
    return problems
      .filter(({ path, message }) => !this.isTouched(path) && !message.includes(RENAMED))
      .map(({ path, ...problem }) => ({
        ...problem,
        path: path.map((key) => this.names.get(String(key)) ?? key),
      }));
  }

  private isTouched(path: Path): boolean {
    return this.above.has(path.join('\0')) || prefixes(path).some((prefix) => this.touched.has(prefix));
  }

  private touch(path: Path): void {
    this.touched.add(path.join('\0'));
    for (const prefix of prefixes(path)) this.above.add(prefix);
  }

  private mend(issue: Issue): void {
    const path = pathOf(issue);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.respell(path, key);
    } else if (issue.code === 'invalid_key') {
      const name = `${RENAMED}-${this.names.size}`;
      this.names.set(name, String(path.at(-1)));
      this.rename(path, name);
    } else if (issue.code === 'invalid_union' && issue.discriminator !== undefined) {
      this.replace(path.slice(0, -1), issue);
    } else {
      this.replace(path, issue);
    }
  }

  private respell(path: Path, key: string): void {
    const near = nearestKey([...path], key);
    const parent = valueAt(this.root.topology, path) as Record<string, unknown>;
    if (near === undefined || Object.hasOwn(parent, near)) {
      this.put([...path, key], REMOVED);
    } else {
      this.rename([...path, key], near);
      this.touch([...path, near]);
    }
  }

  private rename(path: Path, to: string): void {
    const value = valueAt(this.root.topology, path);
    this.put(path, REMOVED);
    this.touch(path);
    this.put([...path.slice(0, -1), to], value);
  }

  /** Tries the next legal value at a path; when there is none, at what is around it. */
  private replace(path: Path, issue: Issue): void {
    const id = path.join('\0');
    const attempt = this.attempts.get(id) ?? 0;
    this.attempts.set(id, attempt + 1);
    this.touch(path);
    const values = this.candidates(path, issue);
    if (attempt < values.length) this.put(path, values[attempt]);
    else if (path.length > 0) this.replace(path.slice(0, -1), issue);
  }

  private candidates(path: Path, issue: Issue): unknown[] {
    const value = valueAt(this.root.topology, path);
    const node = alternatives(schemaAt(path)).find(({ type }) => type !== undefined);
    const optional = isOptional(path) ? [REMOVED] : [];
    if (!node || issue.code === 'custom') return optional;
    const few = node.enum ?? (node.type === 'boolean' ? [false, true] : undefined);
    if (few) {
      const near = typeof value === 'string' ? nearest(value, few.map(String)) : undefined;
      if (near !== undefined) return few.filter((choice) => String(choice) === near);
      this.choices.set(path, few.slice(1));
      return [few[0]];
    }
    switch (node.type) {
      case 'integer': {
        const meant = typeof value === 'number' ? value : Number(value ?? NaN);
        const { minimum = 0, maximum = Infinity } = node;
        const inRange = Math.min(Math.max(Math.round(meant), minimum), maximum);
        return Number.isFinite(inRange) ? [inRange] : [...optional, minimum];
      }
      case 'string':
        return [...(typeof value === 'number' ? [String(value)] : []), ...optional, ...TEXTS];
      case 'array':
        return [[]];
      case 'object':
        return [{}, ...optional];
      case undefined:
      default:
        return optional;
    }
  }

  private put(path: Path, value: unknown): void {
    const full = ['topology', ...path];
    const parent = valueAt(this.root, full.slice(0, -1));
    if (typeof parent !== 'object' || parent === null) return;
    const key = full.at(-1)!;
    if (value === REMOVED) Reflect.deleteProperty(parent, key);
    else Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
  }
}

/** A path and all above it, as text. */
function prefixes(path: Path): string[] {
  return [path, ...path.map((_, length) => path.slice(0, length))].map((prefix) => prefix.join('\0'));
}

/** Whether the thing at a path can be left out: not in a list, and not required by what it stands in. */
function isOptional(path: Path): boolean {
  const key = path.at(-1);
  if (typeof key !== 'string') return false;
  return alternatives(schemaAt(path.slice(0, -1))).every(
    ({ required }: JsonSchema) => !required?.includes(key),
  );
}
