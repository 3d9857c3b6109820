import type { MatrixCell, Report } from '../model.js';

import { plural } from './text.js';

type Shown = MatrixCell['verdict'];

/** What a reader must know who reads nothing else. */
export interface Headline {
  readonly verdict: string;
  readonly details: readonly Detail[];
}

interface Detail {
  /** A sentence. */
  readonly text: string;
  /** Given to what limits the verdict and must not be overlooked. */
  readonly mark?: Shown;
}

/** A pass is never said without what it leaves open: accepted risks, skipped and untested directions. */
export function headlineOf(report: Report): Headline {
  return {
    verdict: report.verdict === 'passed' ? 'Passed' : 'Failed',
    details: [...reason(report), directions(report), ...untested(report), ...accepted(report)],
  };
}

function reason({ verdict, counts, results }: Report): Detail[] {
  if (verdict === 'passed') return [];
  if (counts.failed > 0) return [{ text: `${counts.failed} of ${plural(results.length, 'result')} failed.` }];
  if (counts.passed + counts.accepted === 0) {
    return [{ text: 'Nothing was looked at, so nothing is proven.' }];
  }
  return [
    { text: `Nothing failed, but ${plural(counts.skipped, 'skipped result')} may not be skipped (strict).` },
  ];
}

function directions({ matrix }: Report): Detail {
  if (matrix.length === 0) return { text: 'There are no two active tenants to be kept apart.' };
  const rest = (['failed', 'accepted', 'skipped', 'untested'] as const)
    .map((verdict) => ({ verdict, count: countOf(matrix, verdict) }))
    .filter(({ count }) => count > 0)
    .map(({ verdict, count }) => `${count} ${verdict}`);
  const passed = countOf(matrix, 'passed');
  const held = `${passed === matrix.length ? 'All' : `${passed} of`} ${plural(matrix.length, 'direction')}`;
  return { text: `${[`${held} from one tenant to another passed`, ...rest].join(', ')}.` };
}

function untested({ matrix }: Report): Detail[] {
  const count = countOf(matrix, 'untested');
  if (count === 0) return [];
  const text = `Nothing is claimed of ${plural(count, 'direction')} without a full set of results.`;
  return [{ text, mark: 'untested' }];
}

function accepted({ results }: Report): Detail[] {
  const found = results.filter(({ verdict }) => verdict === 'accepted');
  const keys = [...new Set(found.map(({ acceptedBy }) => acceptedBy ?? 'a key that was not given'))].sort();
  return keys.length === 0
    ? []
    : [{ text: `Known and accepted by the topology: ${keys.join(', ')}.`, mark: 'accepted' }];
}

const countOf = (matrix: Report['matrix'], verdict: Shown) =>
  matrix.filter((cell) => cell.verdict === verdict).length;
