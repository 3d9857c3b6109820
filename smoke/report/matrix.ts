import type { Manifest } from '../../topology/index.js';
import type { MatrixCell, Report, Result, Scope } from '../model.js';
import { atGateway } from '../party.js';

import { indexResults, waysBetween, type Evidence, type Place } from './evidence.js';
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
 * other pairs has no result for one of the ways from one tenant to the other. Tenants of the pool need results of
 * what they can do through the gateway besides: that replicas cannot reach each other says nothing about them.
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
  const active = tenants.filter(isActive).map(({ id }) => ({ id, ...placeOf(id, manifest.routes[id]!) }));
  const judge = judgeOf(results);
  return {
    tenants,
    matrix: active.flatMap((from) => active.filter((to) => to !== from).map((to) => judge(from, to))),
  };
}

interface Active extends Place {
  readonly id: string;
}

function judgeOf(results: readonly Result[]): (from: Active, to: Active) => MatrixCell {
  const evidence = indexResults(results);
  const asked = checksByScope(results);
  return (from, to) => {
    const ways = waysBetween(from, to);
    const shared = from.runtimes.some((runtime) => to.runtimes.includes(runtime));
    const found = ways.flatMap((way) =>
      evidence(way.scope, way.from, way.to).filter(
        // What has no meaning between replicas that tenants share, as with shared storage, leaves nothing open.
        ({ verdict }) => !(shared && way.scope === 'pair' && verdict === 'skipped'),
      ),
    );
    const complete = ways.length > 0 && ways.every((way) => covers(evidence, asked, way));
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
  asked: ReadonlyMap<Scope, ReadonlySet<string>>,
  { scope, from, to }: ReturnType<typeof waysBetween>[number],
): boolean {
  const here = new Set(evidence(scope, from, to).map(({ check }) => check));
  return here.size > 0 && [...(asked.get(scope) ?? [])].every((check) => here.has(check));
}

/** Checks with results of a scope. */
function checksByScope(results: readonly Result[]): Map<Scope, Set<string>> {
  const checks = new Map<Scope, Set<string>>();
  for (const { scope, check } of results) checks.set(scope, (checks.get(scope) ?? new Set()).add(check));
  return checks;
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

function placeOf(tenant: string, route: Routes[string]): Place {
  switch (route.to) {
    case 'runtime':
      return { party: route.runtime, runtimes: [route.runtime] };
    case 'pool':
      return { party: atGateway(tenant), runtimes: route.replicas };
    case 'nowhere':
      return { party: tenant, runtimes: [] };
  }
}
