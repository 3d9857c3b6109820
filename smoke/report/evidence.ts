import type { MatrixCell, Report, Result } from '../model.js';
import { atGateway, tenantAtGateway, type Party } from '../party.js';

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

/** Where a tenant is: who it acts as, and the runtimes that its sessions may run on. */
export interface Place {
  readonly party: Party;
  readonly runtimes: readonly string[];
}

/** What must have been tried for one tenant against another: their runtimes, and the gateway where one comes through. */
export function waysBetween(from: Place, to: Place): Pick<Required<Result>, 'scope' | 'from' | 'to'>[] {
  const runtimes = from.runtimes.flatMap((a) =>
    to.runtimes.filter((b) => b !== a).map((b) => ({ scope: 'pair' as const, from: a, to: b })),
  );
  const through = [from, to].filter(({ party }) => tenantAtGateway(party) !== undefined).length;
  if (through === 0) return runtimes;
  const scope = through === 2 ? ('pool' as const) : ('mixed' as const);
  return [...runtimes, { scope, from: from.party, to: to.party }];
}

/** Results of a cell of the matrix, from the report alone. */
export function resultsBehind(report: Report): (cell: MatrixCell) => readonly Result[] {
  const evidence = indexResults(report.results);
  const replicas = [...new Set(report.results.flatMap(runtimesOfPair).filter(isReplica))];
  const routes = new Map(report.tenants.map(({ id, route }) => [id, route]));
  const placeOf = (tenant: string): Place =>
    routes.get(tenant) === 'pool'
      ? { party: atGateway(tenant), runtimes: replicas }
      : { party: `tenant/${tenant}`, runtimes: [`tenant/${tenant}`] };
  return (cell) =>
    waysBetween(placeOf(cell.from), placeOf(cell.to)).flatMap((way) => evidence(way.scope, way.from, way.to));
}

const runtimesOfPair = ({ scope, from, to }: Result) =>
  scope === 'pair' && to !== undefined ? [from, to] : [];
const isReplica = (runtime: string) => runtime.startsWith('pool/');
