import type { Plan } from '../plan.js';
import type { RuntimePlan } from '../runtime-plan.js';
import { scopeOf } from './network.js';

/** Role assignments that the stacks of a plan make, by the subscription that they count in. */
export function roleAssignments(plan: Plan): ReadonlyMap<string, number> {
  const { azure, gateway, runtimes } = plan;
  const counts = new Map<string, number>();
  if (!azure) return counts;
  const add = (scope: string, count: number) => {
    const subscription = scope.split('/')[2] ?? '';
    counts.set(subscription, (counts.get(subscription) ?? 0) + count);
  };
  const suite = azure.smoke ? 1 : 0;
  for (const runtime of runtimes.filter(({ state }) => state !== 'retired')) {
    add(azure.keyVault.id, secretsOf(runtime, suite));
    add(azure.zone.id, 1);
  }
  if (gateway && azure.gateway) {
    const own = azure.gateway.redisPasswordSecret === undefined ? 1 : 2;
    const tokens = Object.values(gateway.tenants).map(
      ({ tokens: slots, principals }) => Object.keys(slots).length * (1 + suite + principals.length),
    );
    add(
      azure.keyVault.id,
      tokens.reduce((sum, count) => sum + count, own),
    );
    add(azure.zone.id, 1);
  }
  if (azure.smoke) {
    for (const scope of new Set(
      Object.values(azure.places).map(({ subscriptionId, resourceGroup }) =>
        scopeOf(subscriptionId, resourceGroup),
      ),
    ))
      add(scope, 1);
    // Keys of the provider that somebody else keeps are opened to the suite, each once.
    const foreign = runtimes.filter(
      ({ state, provider }) => state !== 'retired' && provider?.apiKey?.existingSecret,
    );
    add(azure.keyVault.id, new Set(foreign.map(({ id }) => azure.runtimes[id]?.secrets.providerKey)).size);
  }
  return counts;
}

/** Each secret has a role for each of its readers. */
function secretsOf({ replica, principals, githubToken, provider }: RuntimePlan, suite: number): number {
  const clients = principals.length + suite;
  const token = 1 + clients + (replica === undefined ? 0 : 1);
  return token + (githubToken ? 1 : 0) + (provider?.apiKey?.variable === undefined ? 0 : clients);
}
