import type { MatrixCell, Report, Result, Verdict } from '../model.js';

type Key =
  | keyof Report
  | keyof Result
  | keyof MatrixCell
  | keyof Report['checks'][number]
  | keyof Report['tenants'][number]
  | Verdict;

/** Every key of a report, in the order of the file: a record, so that the compiler misses none. */
const KEYS: Readonly<Record<Key, true>> = {
  reportVersion: true,
  name: true,
  pattern: true,
  target: true,
  startedAt: true,
  check: true,
  scope: true,
  id: true,
  why: true,
  route: true,
  from: true,
  to: true,
  verdict: true,
  expected: true,
  seen: true,
  advice: true,
  reason: true,
  acceptedBy: true,
  durationMs: true,
  counts: true,
  passed: true,
  failed: true,
  skipped: true,
  accepted: true,
  tenants: true,
  matrix: true,
  checks: true,
  results: true,
};

/** The report for machines; the same report gives the same bytes, however it was put together. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, Object.keys(KEYS), 2)}\n`;
}
