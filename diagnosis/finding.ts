/** Something that a deploy would stumble over, or that somebody should know before. */
export interface Finding {
  readonly level: 'problem' | 'warning';
  /** What was looked at, e.g. `rights`. */
  readonly check: string;
  /** What was got, what was expected and what to do: lower case, without a final period. */
  readonly message: string;
}

/** Findings of one check. */
export class Findings {
  readonly list: Finding[] = [];

  constructor(private readonly check: string) {}

  problem(message: string): void {
    this.list.push({ level: 'problem', check: this.check, message });
  }

  warning(message: string): void {
    this.list.push({ level: 'warning', check: this.check, message });
  }
}

/** `a, b and 3 more`: what a message can bear. */
export function some(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(', ')} and ${rest} more` : names.join(', ');
}
