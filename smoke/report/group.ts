import type { Report, Result, Verdict } from '../model.js';

/** Results of one check, in the order of the suite. */
export interface CheckGroup {
  readonly id: string;
  /** Empty for a check that has results but was not asked for. */
  readonly why: string;
  readonly results: readonly Result[];
}

/** Results of one check that say the same about several subjects. */
export interface Finding {
  readonly check: string;
  readonly why: string;
  /** What they all say. */
  readonly said: Pick<Result, 'expected' | 'seen' | 'advice' | 'reason' | 'acceptedBy'>;
  readonly results: readonly Result[];
}

/** Every check with its results; a check without any stays in the list, and no result is ever left out. */
export function groupByCheck(report: Pick<Report, 'checks' | 'results'>): CheckGroup[] {
  const groups = groupBy(report.results, ({ check }) => check);
  const asked = report.checks.map(({ id, why }) => ({ id, why, results: groups.get(id) ?? [] }));
  const known = new Set(report.checks.map(({ id }) => id));
  const others = [...groups].filter(([id]) => !known.has(id));
  return [...asked, ...others.map(([id, results]) => ({ id, why: '', results }))];
}

/** Results of one verdict: by check, and those that say the same together, so that 3,540 alike read as one. */
export function findingsOf(report: Pick<Report, 'checks' | 'results'>, verdict: Verdict): Finding[] {
  return groupByCheck(report).flatMap(({ id, why, results }) => {
    const alike = groupBy(
      results.filter((result) => result.verdict === verdict),
      ({ expected, seen, advice, reason, acceptedBy }) =>
        JSON.stringify([expected, seen, advice, reason, acceptedBy]),
    );
    return [...alike.values()].map((same) => ({ check: id, why, said: same[0]!, results: same }));
  });
}

export function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
