import type { Manifest } from '../topology/index.js';

import type { Subject } from './model.js';
import { atGateway, type Party } from './party.js';

/**
 * Tells whether a subject is the business of some tenants: one of them acts, or is acted upon. Replicas of the pool are
 * the business of everybody in it.
 *
 * @throws RangeError for a tenant that the manifest does not know
 */
export function concernedWith(
  { routes }: Pick<Manifest, 'routes'>,
  tenants: readonly string[] | undefined,
): (subject: Subject) => boolean {
  if (!tenants) return () => true;
  const wrong = tenants.filter((id) => !Object.hasOwn(routes, id));
  if (wrong.length > 0) {
    throw new RangeError(
      `no tenant is called ${wrong.join(', ')}: known are ${Object.keys(routes).join(', ')}`,
    );
  }
  const parties = new Set(tenants.flatMap((id) => partiesOf(id, routes[id]!)));
  return ({ from, to }) => parties.has(from) || (to !== undefined && parties.has(to));
}

function partiesOf(tenant: string, route: Manifest['routes'][string]): Party[] {
  switch (route.to) {
    case 'runtime':
      return [route.runtime];
    case 'pool':
      return [atGateway(tenant), ...route.replicas];
    case 'nowhere':
      return [];
  }
}
