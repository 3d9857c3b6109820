import type { Report, Result, Verdict } from '../model.js';

/** Worst first. */
export const SEVERITY = ['failed', 'accepted', 'skipped', 'passed'] as const satisfies readonly Verdict[];

/** The worst of some verdicts; undefined of none. */
export function worstOf(results: readonly Pick<Result, 'verdict'>[]): Verdict | undefined {
  return SEVERITY.find((verdict) => results.some((result) => result.verdict === verdict));
}

/** How many results there are of each verdict. */
export function counts(results: readonly Pick<Result, 'verdict'>[]): Record<Verdict, number> {
  const total: Record<Verdict, number> = { passed: 0, failed: 0, skipped: 0, accepted: 0 };
  for (const { verdict } of results) total[verdict] += 1;
  return total;
}

/**
 * The verdict of a run. A run that looked at nothing (no results, or only skipped ones) proves nothing and has
 * failed too: an empty green report would be the most misleading one of all.
 */
export function verdictOf(
  results: readonly Pick<Result, 'verdict'>[],
  { strict = false }: { readonly strict?: boolean } = {},
): Report['verdict'] {
  const { passed, failed, skipped, accepted } = counts(results);
  if (failed > 0 || passed + accepted === 0) return 'failed';
  return strict && skipped > 0 ? 'failed' : 'passed';
}

/** Exit code of the command that ran the suite. */
export function exitCodeOf({ verdict }: Pick<Report, 'verdict'>): 0 | 1 {
  return verdict === 'passed' ? 0 : 1;
}
