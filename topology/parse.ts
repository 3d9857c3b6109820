import { explainAll } from './explain.js';
import { InputError, type Problem } from './problems.js';
import { readYaml } from './read-yaml.js';
import { problemsBesides } from './repair.js';
import { checkRules } from './rules/index.js';
import { topologySchema, type Topology } from './schema/index.js';

/**
 * Reads a topology file.
 *
 * @param text YAML
 * @param source name of the file, for messages
 * @throws {InputError} with every mistake: those of the YAML, of single values, and of values that contradict
 * each other, each with line and column
 */
export function parseTopology(text: string, source = 'topology.yaml'): Topology {
  const { input, wrongKeys, locate } = readYaml(text, source);
  const refuse = (problems: readonly Problem[]): never => {
    const placed = problems.map((problem) => ({ ...locate(problem.path), ...problem }));
    throw new InputError(source, byPlace(placed));
  };

  if (input === null || input === undefined) {
    return refuse([
      { path: [], message: 'is empty: start from one of the examples, or from docs/topology.md' },
    ]);
  }
  const result = topologySchema.safeParse(input);
  const problems = result.success
    ? checkRules(result.data)
    : [...explainAll(result.error.issues, input), ...problemsBesides(input, result.error.issues)];
  if (result.success && problems.length === 0 && wrongKeys.length === 0) return result.data;
  return refuse([...wrongKeys, ...problems]);
}

/** In the order of the file, each mistake once. */
function byPlace(problems: Problem[]): Problem[] {
  const once = new Map(problems.map((problem) => [JSON.stringify([problem.path, problem.message]), problem]));
  return [...once.values()].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
