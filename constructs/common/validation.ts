import { Token, Tokenization } from 'cdktf';

/** One rule over the props of a construct: what is wrong, or nothing. */
export type PropRule<P> = (props: P) => string | undefined;

/** Props that a construct cannot use. Names every mistake at once. */
export class PropsError extends Error {
  override readonly name = 'PropsError';

  constructor(
    readonly path: string,
    readonly mistakes: readonly string[],
  ) {
    super(`${path}: ${mistakes.join('; ')}`);
  }
}

/** Holds props against rules. @throws {PropsError} with every mistake */
export function validateProps<P>(path: string, props: P, rules: readonly PropRule<P>[]): void {
  const mistakes = rules.flatMap((rule) => rule(props) ?? []);
  if (mistakes.length > 0) throw new PropsError(path, mistakes);
}

/** Whether a value is known now, and not a cdktf token that only Terraform resolves: such values are not inspected. */
export function isKnown<T>(value: T | undefined): value is T {
  return value !== undefined && !Token.isUnresolved(value);
}

/** A number as text, also one that is a token: in a template it would be the number that stands for it. */
export function digits(value: number): string {
  return isKnown(value) ? String(value) : Tokenization.stringifyNumber(value);
}

/** Rule: a whole number within bounds. */
export function within<P>(
  prop: string,
  min: number,
  max: number,
  of: (props: P) => number | undefined,
): PropRule<P> {
  return (props) => {
    const value = of(props);
    if (!isKnown(value) || (Number.isInteger(value) && value >= min && value <= max)) return undefined;
    return `${prop} must be from ${min} to ${max}, got ${value}: use a whole number in that range`;
  };
}
