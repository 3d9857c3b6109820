import Table from 'cli-table3';
import picocolors from 'picocolors';

import type { MatrixCell, Report, Verdict } from '../model.js';

import { findingsOf, groupBy, groupByCheck, type CheckGroup, type Finding } from './group.js';
import { headlineOf } from './headline.js';
import { isActive } from './matrix.js';
import { mapStrings } from './strings.js';
import { counts, SEVERITY, worstOf } from './summarize.js';
import { durationText, MARKS, oneLine, plural, someOf, subjectOf, visible } from './text.js';
import { wrap } from './wrap.js';

/** Above this a table no longer fits a terminal: the HTML report has it. */
const MOST_TENANTS = 12;
const MOST_SUBJECTS = 4;

interface Paper {
  readonly width: number;
  readonly paint: (kind: MatrixCell['verdict'] | 'strong' | 'quiet', text: string) => string;
}

/** The report for a terminal or a CI log: short, worst things with their advice, the verdict last. */
export function renderTerminal(
  report: Report,
  { color = false, width = 80 }: { readonly color?: boolean; readonly width?: number } = {},
): string {
  const paper = { width: Math.max(width, 40), paint: painter(color) };
  const safe = mapStrings(report, visible);
  const parts = [
    title(safe, paper),
    checkLines(safe, paper),
    findingsOf(safe, 'failed')
      .map((finding) => failure(finding, paper))
      .join('\n\n'),
    acceptedLines(safe, paper),
    skippedLines(safe, paper),
    matrix(safe, paper),
    verdict(safe, paper),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function painter(color: boolean): Paper['paint'] {
  const c = picocolors.createColors(color);
  const paints = {
    passed: c.green,
    failed: c.red,
    accepted: c.yellow,
    skipped: c.dim,
    untested: c.magenta,
    strong: c.bold,
    quiet: c.dim,
  };
  return (kind, text) => paints[kind](text);
}

function title({ name, pattern, target, tenants, startedAt }: Report, { paint }: Paper): string {
  const active = plural(tenants.filter(isActive).length, 'active tenant');
  return `${paint('strong', oneLine(name))} ${paint('quiet', `${pattern} on ${target}, ${active}, ${startedAt}`)}`;
}

function checkLines(report: Report, { paint }: Paper): string {
  const groups = groupByCheck(report);
  const longest = Math.max(0, ...groups.map(({ id }) => oneLine(id).length));
  const line = ({ id, results }: CheckGroup) => {
    const worst = worstOf(results) ?? 'untested';
    return `${mark(worst, paint)} ${oneLine(id).padEnd(longest)}  ${tally(results, paint)}`;
  };
  return groups.map(line).join('\n');
}

function tally(results: CheckGroup['results'], paint: Paper['paint']): string {
  if (results.length === 0) return paint('untested', 'no results');
  const count = counts(results);
  return [...SEVERITY]
    .reverse()
    .filter((verdict) => count[verdict] > 0)
    .map((verdict) => paint(verdict, `${count[verdict]} ${MARKS[verdict]}`))
    .join('  ');
}

function failure({ check, why, said, results }: Finding, { paint, width }: Paper): string {
  const field = (label: string, text: string | undefined) =>
    text === undefined || text === '' ? [] : [wrap(clip(text), { width, first: `  ${label.padEnd(9)} ` })];
  return [
    wrap(`${paint('strong', oneLine(check))}  ${subjectsOf(results)}`, {
      width,
      first: `${mark('failed', paint)} `,
    }),
    ...field('why', why),
    ...field('expected', said.expected),
    ...field('seen', said.seen),
    ...field('do', said.advice),
  ].join('\n');
}

function acceptedLines(report: Report, { paint, width }: Paper): string {
  return findingsOf(report, 'accepted')
    .map(({ check, said, results }) => {
      const key = oneLine(said.acceptedBy ?? 'a key that was not given');
      const what = said.seen ?? said.reason;
      const text = `${oneLine(check)}: accepted by ${key} for ${subjectsOf(results)}${what ? `: ${clip(what)}` : ''}`;
      return wrap(text, { width, first: `${mark('accepted', paint)} ` });
    })
    .join('\n');
}

function skippedLines(report: Report, { paint, width }: Paper): string {
  const byReason = groupBy(findingsOf(report, 'skipped'), ({ said }) => said.reason ?? 'no reason was given');
  return [...byReason]
    .map(([reason, findings]) => {
      const checks = findings.map(({ check, results }) => `${oneLine(check)} (${results.length})`);
      return wrap(`${clip(reason)}: ${checks.join(', ')}`, { width, first: `${mark('skipped', paint)} ` });
    })
    .join('\n');
}

function matrix({ tenants, matrix: cells }: Report, { paint, width }: Paper): string {
  const active = tenants.filter(isActive);
  const idle = tenants.filter((tenant) => !isActive(tenant));
  const notTried = idle.map(({ id, route }) => `${oneLine(id)} (${route})`).join(', ');
  const idleLine = notTried === '' ? '' : wrap(notTried, { width, first: 'not running, so not tried: ' });
  if (cells.length === 0 || active.length > MOST_TENANTS) return idleLine;

  const found = new Map(cells.map((cell) => [JSON.stringify([cell.from, cell.to]), cell.verdict]));
  const table = new Table({
    head: ['', 'from \\ to', ...active.map((_, index) => String(index + 1))],
    style: { head: [], border: [], compact: true },
    colWidths: [null, Math.max(12, Math.min(24, width - 6 - 4 * active.length))],
  });
  active.forEach((from, index) => {
    const row = active.map((to) =>
      from === to ? '' : mark(found.get(JSON.stringify([from.id, to.id])) ?? 'untested', paint),
    );
    table.push([String(index + 1), oneLine(from.id), ...row]);
  });
  const legend = Object.entries(MARKS).map(([word, sign]) => `${sign} ${word}`);
  return [table.toString(), paint('quiet', legend.join('  ')), idleLine]
    .filter((text) => text !== '')
    .join('\n');
}

function verdict(report: Report, { paint, width }: Paper): string {
  const { verdict: word, details } = headlineOf(report);
  const counted = [...SEVERITY].map((each: Verdict) => `${report.counts[each]} ${each}`).join(', ');
  return [
    ...details.map((detail) =>
      wrap(oneLine(detail.text), { width, first: `${detail.mark ? mark(detail.mark, paint) : ' '} ` }),
    ),
    `${mark(report.verdict, paint)} ${paint('strong', paint(report.verdict, word))}  ${counted}, in ${durationText(report.durationMs)}`,
  ].join('\n');
}

const mark = (kind: MatrixCell['verdict'], paint: Paper['paint']) => paint(kind, MARKS[kind]);

const subjectsOf = (results: Finding['results']) =>
  someOf(
    results.map((result) => oneLine(subjectOf(result))),
    MOST_SUBJECTS,
  );

/** A log of a megabyte in one field would bury all others; the other reports have the whole of it. */
function clip(text: string): string {
  const MOST = 800;
  const rest = text.length - MOST;
  return rest <= 0 ? text : `${text.slice(0, MOST)}… (${rest} more characters in the HTML and JSON reports)`;
}
