import type { Manifest } from '../../topology/index.js';
import type { MatrixCell, Report, Result } from '../model.js';

import { indexResults, waysBetween, type Evidence } from './evidence.js';
import { worstOf } from './summarize.js';

type Routes = Manifest['routes'];
type Tenant = Report['tenants'][number];

/** What `route` of a tenant says, in the order of rows and columns; the last two run nowhere. */
const ROUTES = ['dedicated', 'pool', 'suspended', 'retired'] as const;

/** Whether something of a tenant runs, so that it can be tried. */
export function isActive({ route }: Pick<Tenant, 'route'>): boolean {
  return route !== 'suspended' && route !== 'retired';
}

/**
 * The tenant × tenant matrix: what each active tenant could do to each other one.
 *
 * A cell is only as good as its evidence: it is `untested` (unless something failed) when a check that ran on
 * other pairs has no result for one of the ways from one tenant to the other. Tenants that share a runtime need
 * results of scope `pool` besides: that their replicas cannot reach each other says nothing about them.
 */
export function buildMatrix(
  manifest: Pick<Manifest, 'routes'>,
  results: readonly Result[],
): Pick<Report, 'tenants' | 'matrix'> {
  const tenants = Object.entries(manifest.routes)
    .map(([id, route]) => ({ id, route: routeText(route) }))
    .sort(
      (a, b) =>
        ROUTES.indexOf(a.route) - ROUTES.indexOf(b.route) ||
        a.id.localeCompare(b.id, 'en', { numeric: true }),
    );
  const active = tenants
    .filter(isActive)
    .map(({ id }) => ({ id, runtimes: runtimesOf(manifest.routes[id]!) }));
  const judge = judgeOf(results);
  return {
    tenants,
    matrix: active.flatMap((from) => active.filter((to) => to !== from).map((to) => judge(from, to))),
  };
}

interface Active {
  readonly id: string;
  readonly runtimes: readonly string[];
}

function judgeOf(results: readonly Result[]): (from: Active, to: Active) => MatrixCell {
  const evidence = indexResults(results);
  const asked = { pair: checksOf(results, 'pair'), pool: checksOf(results, 'pool') };
  return (from, to) => {
    const ways = waysBetween(from.runtimes, to.runtimes);
    const share = from.runtimes.some((runtime) => to.runtimes.includes(runtime));
    const found = [
      ...ways.flatMap((way) => evidence('pair', way.from, way.to)),
      ...evidence('pool', from.id, to.id),
    ];
    const complete =
      ways.every((way) => covers(evidence, 'pair', asked.pair, way)) &&
      (!share || covers(evidence, 'pool', asked.pool, { from: from.id, to: to.id }));
    return {
      from: from.id,
      to: to.id,
      verdict: verdictOfCell(found, complete),
      checks: [...new Set(found.map(({ check }) => check))],
    };
  };
}

function verdictOfCell(found: readonly Result[], complete: boolean): MatrixCell['verdict'] {
  const worst = worstOf(found);
  return worst === 'failed' || (worst && complete) ? worst : 'untested';
}

function covers(
  evidence: Evidence,
  scope: Result['scope'],
  checks: readonly string[],
  { from, to }: { readonly from: string; readonly to: string },
): boolean {
  const here = new Set(evidence(scope, from, to).map(({ check }) => check));
  return checks.length > 0 && checks.every((check) => here.has(check));
}

function checksOf(results: readonly Result[], scope: Result['scope']): string[] {
  return [...new Set(results.filter((result) => result.scope === scope).map(({ check }) => check))];
}

function routeText(route: Routes[string]): (typeof ROUTES)[number] {
  switch (route.to) {
    case 'runtime':
      return 'dedicated';
    case 'pool':
      return 'pool';
    case 'nowhere':
      return route.state;
  }
}

function runtimesOf(route: Routes[string]): readonly string[] {
  switch (route.to) {
    case 'runtime':
      return [route.runtime];
    case 'pool':
      return route.replicas;
    case 'nowhere':
      return [];
  }
}
