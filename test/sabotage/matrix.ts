import { CHECKS } from '../../smoke/checks/index.js';
import { selectChecks } from '../../smoke/index.js';
import type { TargetKind } from '../../smoke/targets/target.js';

const AIMED = '●';
const ALSO = '○';

/** A sabotage as the page has it. */
export interface Row {
  readonly id: string;
  readonly breaks: string;
  readonly caughtBy: string;
  readonly also?: readonly string[] | undefined;
}

/** Ids of the checks that fail: the tests that do it see to it that these fail, and no others. */
const failing = ({ caughtBy, also = [] }: Row) => [caughtBy, ...also];

/** Where a check stands in the report; 0 when there is none of this id. */
const numberOf = (check: string) => CHECKS.findIndex(({ id }) => id === check) + 1;

/**
 * The matrices check × sabotage as a page.
 *
 * @param local sabotages of local runtimes
 * @param cluster those that only a cluster has
 * @param azure those that only container groups have
 */
export function renderMatrix(local: readonly Row[], cluster: readonly Row[], azure: readonly Row[]): string {
  const all = [...local, ...cluster, ...azure];
  const count = (check: string) => all.filter((row) => failing(row).includes(check)).length;
  return `<!-- Made by "npm run docs": do not edit. -->

# What the smoke suite notices

A check that never fails proves nothing. Each line of a matrix is one way to break a deployment, as it happens to platform teams, and the checks that noticed when it was done to real runtimes: ${AIMED} the check that is there for it, ${ALSO} others that see the consequences. Every check has at least one such sabotage, and each sabotage is caught by its check and by at most three others.

\`npm run sabotage\` breaks every local deployment anew, runs the whole suite on it, and fails when another check than those of this page notices; \`npm test\` runs the checks that must notice the first sabotage for each check, \`npm run test:long\` those that must notice the others, and both fail when one does not. \`npm run test:cluster\` does the same with runtimes in a Kubernetes cluster, and \`npm run test:long\` with container groups in a stand-in for Azure. The sabotages are in \`test/sabotage/sabotages/\`, \`test/cluster/sabotages.ts\` and \`test/smoke/azure/sabotages.ts\`.

## Checks

${table(
  ['', 'check', 'proves', 'sabotages'],
  CHECKS.map(({ id, why }) => [String(numberOf(id)), `\`${id}\``, why, String(count(id))]),
)}

## Matrix

${matrix(local, 'local')}

## Sabotages

${list(local)}

## Matrix of a cluster

${matrix(cluster, 'kubernetes')}

## Sabotages of a cluster

${list(cluster)}

## Matrix of container groups

${matrix(azure, 'azure')}

## Sabotages of container groups

${list(azure)}
`;
}

function matrix(rows: readonly Row[], kind: TargetKind): string {
  const checks = selectChecks(undefined, kind).map(({ id }) => id);
  const mark = (row: Row, check: string) =>
    failing(row).includes(check) ? (check === row.caughtBy ? AIMED : ALSO) : '';
  return table(
    ['What was broken', ...checks.map((check) => String(numberOf(check)))],
    rows.map((row) => [row.breaks, ...checks.map((check) => mark(row, check))]),
  );
}

function list(rows: readonly Row[]): string {
  return table(
    ['sabotage', 'caught by', 'and by'],
    rows.map(({ id, caughtBy, also = [] }) => [`\`${id}\``, ids([caughtBy]), ids(also)]),
  );
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
