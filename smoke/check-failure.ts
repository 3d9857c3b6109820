/** What a check found wrong: said in a way that somebody can act on. */
export class CheckFailure extends Error {
  override readonly name = 'CheckFailure';

  constructor(
    readonly finding: { readonly expected: string; readonly seen: string; readonly advice: string },
  ) {
    super(`expected ${finding.expected}, saw ${finding.seen}: ${finding.advice}`);
  }
}
