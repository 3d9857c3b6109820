import type { MatrixCell, Report, Result, Verdict } from '../../model.js';
import { resultsBehind } from '../evidence.js';
import { findingsOf, groupBy, groupByCheck } from '../group.js';
import { headlineOf } from '../headline.js';
import { isActive } from '../matrix.js';
import { mapStrings } from '../strings.js';
import { counts, SEVERITY, worstOf } from '../summarize.js';
import { durationText, plural, subjectOf, timeText, visible } from '../text.js';

type Shown = MatrixCell['verdict'];

/** More columns than this have their names written upwards. */
const ROTATE_ABOVE = 12;

/** What the templates need, worked out: they hold loops and conditions only. */
export function viewOf(raw: Report) {
  const report = mapStrings(raw, visible);
  const headline = headlineOf(report);
  const failures = findingsOf(report, 'failed').map((finding, index) => ({
    ...finding,
    anchor: `failure-${index + 1}`,
    subjects: finding.results.map(subjectOf),
  }));
  return {
    report,
    headline,
    title: `${headline.verdict}: ${report.name}, smoke report`,
    started: timeText(report.startedAt),
    took: durationText(report.durationMs),
    tenants: tenantsText(report),
    counts: [...SEVERITY].reverse().map((verdict) => ({ verdict, count: report.counts[verdict] })),
    failures,
    acceptances: findingsOf(report, 'accepted').map(({ check, why, said, results }) => ({
      key: said.acceptedBy ?? 'a key that was not given',
      check,
      why,
      seen: said.seen ?? said.reason,
      subjects: results.map(subjectOf),
    })),
    skips: skipsOf(report),
    matrix: matrixOf(report, linkOf(failures)),
    checks: checksOf(report),
    anchorOf,
    plural,
  };
}

/** Id of an element, of any strings: keeps them apart, and needs no encoding in a link. */
function anchorOf(kind: 'check' | 'pair', ...names: readonly string[]): string {
  const safe = names.map((name) =>
    name.replace(/[^a-zA-Z0-9-]/gu, (character) => `_${character.codePointAt(0)!.toString(16)}_`),
  );
  return [kind, ...safe].join('.');
}

function tenantsText({ tenants }: Report): string {
  const active = tenants.filter(isActive).length;
  const idle = tenants.length - active;
  return `${active} active${idle > 0 ? `, ${idle} not running` : ''}`;
}

/** Where the whole of a result stands: its failure, or its check. */
function linkOf(
  failures: readonly { readonly anchor: string; readonly results: readonly Result[] }[],
): LinkOf {
  const anchors = new Map(failures.flatMap(({ anchor, results }) => results.map((each) => [each, anchor])));
  return (results) => {
    const failed = results.find((result) => anchors.has(result));
    return failed ? anchors.get(failed)! : anchorOf('check', results[0]?.check ?? '');
  };
}

type LinkOf = (results: readonly Result[]) => string;

function matrixOf(report: Report, link: LinkOf) {
  const active = report.tenants.filter(isActive);
  const behind = resultsBehind(report);
  const cells = new Map(report.matrix.map((cell) => [anchorOf('pair', cell.from, cell.to), cell]));
  const cellOf = (from: string, to: string) => {
    const anchor = anchorOf('pair', from, to);
    return { from, to, anchor, verdict: cells.get(anchor)?.verdict ?? ('untested' as Shown) };
  };
  return {
    columns: active,
    rotated: active.length > ROTATE_ABOVE,
    idle: report.tenants.filter((tenant) => !isActive(tenant)),
    rows: active.map((from) => ({
      ...from,
      cells: active.map((to) => (to.id === from.id ? undefined : cellOf(from.id, to.id))),
    })),
    pairs: report.matrix.map((cell) => ({
      ...cellOf(cell.from, cell.to),
      lines: linesOf(behind(cell), link),
    })),
  };
}

/** Results of a cell, a line a check. */
function linesOf(results: readonly Result[], link: LinkOf) {
  return [...groupBy(results, ({ check }) => check)].map(([check, own]) => ({
    check,
    verdict: worstOf(own) ?? ('untested' as Shown),
    tally: tallyOf(own),
    link: link(own),
  }));
}

function tallyOf(results: readonly Result[]): string {
  const count = counts(results);
  const parts = SEVERITY.filter((verdict) => count[verdict] > 0);
  return parts.length === 0
    ? 'no results'
    : parts.map((verdict) => `${count[verdict]} ${verdict}`).join(', ');
}

function checksOf(report: Report) {
  return groupByCheck(report).map(({ id, why, results }) => ({
    id,
    why,
    anchor: anchorOf('check', id),
    verdict: worstOf(results) ?? ('untested' as Shown),
    tally: tallyOf(results),
    took: durationText(results.reduce((sum, { durationMs }) => sum + durationMs, 0)),
    groups: SEVERITY.map((verdict) => ({
      verdict,
      results: results.filter((result) => result.verdict === verdict).map(lineOf),
    })).filter((group) => group.results.length > 0),
  }));
}

function lineOf(result: Result) {
  const notes: Record<Verdict, string | undefined> = {
    passed: undefined,
    failed: result.seen,
    accepted: result.acceptedBy && `accepted by ${result.acceptedBy}`,
    skipped: result.reason,
  };
  return {
    subject: subjectOf(result),
    note: notes[result.verdict],
    took: durationText(result.durationMs),
  };
}

function skipsOf(report: Report) {
  const byReason = groupBy(findingsOf(report, 'skipped'), ({ said }) => said.reason ?? 'no reason was given');
  return [...byReason].map(([reason, findings]) => ({
    reason,
    checks: findings.map(({ check, results }) => ({ check, subjects: results.map(subjectOf) })),
  }));
}
