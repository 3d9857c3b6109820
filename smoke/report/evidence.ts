import type { MatrixCell, Report, Result } from '../model.js';

/** Results by what they are about. */
export type Evidence = (scope: Result['scope'], from: string, to: string) => readonly Result[];

/** Looks results up in constant time: a matrix of 60 tenants has 3,540 cells. */
export function indexResults(results: readonly Result[]): Evidence {
  const index = new Map<string, Result[]>();
  const keyOf = (...parts: readonly string[]) => JSON.stringify(parts);
  for (const result of results) {
    if (result.to === undefined) continue;
    const key = keyOf(result.scope, result.from, result.to);
    const known = index.get(key);
    if (known) known.push(result);
    else index.set(key, [result]);
  }
  return (scope, from, to) => index.get(keyOf(scope, from, to)) ?? [];
}

/** Ordered pairs of different runtimes, one of each side. */
export function waysBetween(
  from: readonly string[],
  to: readonly string[],
): { readonly from: string; readonly to: string }[] {
  return from.flatMap((a) => to.filter((b) => b !== a).map((b) => ({ from: a, to: b })));
}

/** Results of a cell of the matrix, from the report alone. */
export function resultsBehind(report: Report): (cell: MatrixCell) => readonly Result[] {
  const evidence = indexResults(report.results);
  const replicas = [...new Set(report.results.flatMap(runtimesOfPair).filter(isReplica))];
  const routes = new Map(report.tenants.map(({ id, route }) => [id, route]));
  const runtimesOf = (tenant: string) => (routes.get(tenant) === 'pool' ? replicas : [`tenant/${tenant}`]);
  return (cell) => [
    ...evidence('pool', cell.from, cell.to),
    ...waysBetween(runtimesOf(cell.from), runtimesOf(cell.to)).flatMap((way) =>
      evidence('pair', way.from, way.to),
    ),
  ];
}

const runtimesOfPair = ({ scope, from, to }: Result) =>
  scope === 'pair' && to !== undefined ? [from, to] : [];
const isReplica = (runtime: string) => runtime.startsWith('pool/');
