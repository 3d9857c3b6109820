/** A mistake in an input: what was got, what was expected and how to fix it. */
export interface Problem {
  /** Keys from the root of the document. */
  readonly path: readonly (string | number)[];
  /** Lower case, without the path and without a final period. */
  readonly message: string;
  /** 1-based place in the file, when the problem has one. */
  readonly line?: number;
  readonly column?: number;
}

/** Input that cannot be used. Carries every problem at once; the CLI prints it and exits with 2. */
export class InputError extends Error {
  override readonly name = 'InputError';

  constructor(
    readonly source: string,
    readonly problems: readonly Problem[],
  ) {
    super(problems.map((problem) => formatProblem(source, problem)).join('\n'));
  }
}

/** `hybrid.yaml:12:5 runtime.idleTimeoutSeconds must be …`, as editors and CI logs link it. */
export function formatProblem(source: string, problem: Problem): string {
  const place = problem.line === undefined ? source : `${source}:${problem.line}:${problem.column ?? 1}`;
  const path = formatPath(problem.path);
  return path === '' ? `${place} ${problem.message}` : `${place} ${path} ${problem.message}`;
}

/** `cloud.tenants[1]`, `kubernetes.labels["app.kubernetes.io/name"]`. */
function formatPath(path: Problem['path']): string {
  return path
    .map((key, index) => {
      if (typeof key === 'number') return `[${key}]`;
      if (!/^[\w@-]{1,60}$/.test(key)) return `[${quote(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join('');
}

/** How a value is quoted in a message: short, on one line. */
export function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = toJson(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // A YAML anchor can stand inside of what it names.
    return 'something that contains itself';
  }
}
