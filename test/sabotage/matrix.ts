import { CHECKS } from '../../smoke/checks/index.js';

import type { Sabotage } from './sabotage.js';

const AIMED = '●';
const ALSO = '○';

/** Where a check stands in the matrix; 0 when there is none of this id. */
const numberOf = (check: string) => CHECKS.findIndex(({ id }) => id === check) + 1;

/**
 * The matrix check × sabotage as a page.
 *
 * @param seen ids of the checks that failed
 */
export function renderMatrix(
  sabotages: readonly Sabotage[],
  seen: (sabotage: Sabotage) => readonly string[],
): string {
  const mark = (sabotage: Sabotage, check: string) =>
    seen(sabotage).includes(check) ? (check === sabotage.caughtBy ? AIMED : ALSO) : '';
  return `<!-- Made by "npm run sabotage": do not edit. -->

# What the smoke suite notices

A check that never fails proves nothing. Each line of the matrix is one way to break a deployment, as it happens to platform teams, and the checks that noticed when it was done to real runtimes: ${AIMED} the check that is there for it, ${ALSO} others that see the consequences. Every check has at least one such sabotage, and each sabotage is caught by its check and by at most three others.

\`npm run sabotage\` breaks every deployment anew and writes this page; \`npm test\` fails when the page is out of date or when a sabotage is no longer caught. The sabotages are in \`test/sabotage/sabotages/\`.

## Checks

${table(
  ['', 'check', 'proves', 'sabotages'],
  CHECKS.map(({ id, why }) => [
    String(numberOf(id)),
    `\`${id}\``,
    why,
    String(sabotages.filter((sabotage) => seen(sabotage).includes(id)).length),
  ]),
)}

## Matrix

${table(
  ['What was broken', ...CHECKS.map(({ id }) => String(numberOf(id)))],
  sabotages.map((sabotage) => [sabotage.breaks, ...CHECKS.map(({ id }) => mark(sabotage, id))]),
)}

## Sabotages

${table(
  ['sabotage', 'caught by', 'and by'],
  sabotages.map((sabotage) => [
    `\`${sabotage.id}\``,
    ids(seen(sabotage).filter((check) => check === sabotage.caughtBy)),
    ids(seen(sabotage).filter((check) => check !== sabotage.caughtBy)),
  ]),
)}
`;
}

const ids = (checks: readonly string[]) =>
  [...checks]
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((check) => `\`${check}\` (${numberOf(check)})`)
    .join(', ');

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
