import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import type { AzurePlan } from '../../topology/azure/model.js';
import { scopeOf } from '../../topology/azure/network.js';
import type { GatewayPlan } from '../../topology/gateway.js';
import type { Plan } from '../../topology/plan.js';
import { addressOf } from '../../topology/redis-address.js';

import { commonTags, escapedSettings, foreignProviderKeys } from './plan-props.js';
import type { Providers } from './planned-runtime.js';
import { PrivateZone } from './private-zone.js';
import { RuntimeNetwork } from './runtime-network.js';
import { RuntimeSecrets } from './runtime-secrets.js';
import { SmokeIdentity } from './smoke-identity.js';

/** What all stacks of a plan share: network and zone where they are asked for, and whom the smoke suite runs as. */
export class SharedParts extends Construct {
  /** Object id; undefined where the topology does not opt in. */
  readonly smokePrincipalId?: string;
  /** What must be there before any group starts. */
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, plan: Plan, providers: Providers) {
    super(scope, id);
    const settings = escapedSettings(plan);
    this.ready = network(this, plan, settings);
    const { smoke } = settings;
    if (!smoke) return;
    const { resource } = new SmokeIdentity(this, 'Smoke', {
      name: smoke.identity,
      resourceGroupName: smoke.resourceGroup,
      location: smoke.location,
      resourceGroupIds: resourceGroups(settings),
      tags: commonTags(plan),
    });
    this.smokePrincipalId = resource.principalId;
    const readers = { smoke: resource.principalId };
    const keys = foreignProviderKeys(plan).map((name) => [
      name,
      { name, value: { kind: 'existing' }, readers } as const,
    ]);
    if (keys.length === 0) return;
    new RuntimeSecrets(this, 'ProviderKeys', {
      keyVaultId: settings.keyVault.id,
      secrets: Object.fromEntries(keys),
      ...(providers.vault && { provider: providers.vault }),
    });
  }
}

/** Resource groups of all stacks by a key, each once. */
function resourceGroups({ places }: AzurePlan): Record<string, string> {
  const ids = new Map<string, string>();
  for (const [cell, { subscriptionId, resourceGroup }] of Object.entries(places)) {
    const id = scopeOf(subscriptionId, resourceGroup);
    if (![...ids.values()].includes(id)) ids.set(cell, id);
  }
  return Object.fromEntries(ids);
}

/** Where the gateway finds its Redis; a security group knows no names, so that of one only the port is said. */
function redis({ url, egress }: NonNullable<GatewayPlan['lock']>): { cidr: string; port: number } {
  const { cidr = '*', port } = egress ?? addressOf(url);
  return { cidr, port };
}

function network(scope: Construct, plan: Plan, settings: AzurePlan): readonly ITerraformDependable[] {
  const { network: planned, zone, places } = settings;
  const place = places.base;
  if (!planned || !place) return [];
  const of = (use: string) => planned.subnets.filter((subnet) => subnet.use === use);
  const ranges = (use: string) => Object.fromEntries(of(use).map(({ name, cidr }) => [name, cidr]));
  const [gateway] = of('gateway');
  const [smoke] = of('smoke');
  const { lock } = plan.gateway ?? {};
  const made = new RuntimeNetwork(scope, 'Network', {
    resourceGroupName: place.resourceGroup,
    location: place.location,
    name: planned.name,
    addressSpace: planned.addressSpace,
    subnets: {
      runtimes: ranges('runtime'),
      pool: ranges('pool'),
      ...(gateway && { gateway: gateway.cidr }),
      ...(smoke && { smoke: smoke.cidr }),
    },
    ...(plan.runtimes[0] && { runtimePort: plan.runtimes[0].port }),
    ...(plan.gateway && { gatewayPort: plan.gateway.port }),
    ...(lock && { gatewayEgress: [redis(lock)] }),
    tags: commonTags(plan),
  });
  const names = new PrivateZone(scope, 'Zone', {
    resourceGroupName: place.resourceGroup,
    name: zone.name,
    virtualNetworkIds: { [planned.name]: made.resource.id },
    tags: commonTags(plan),
  });
  return [...made.ready, ...names.ready];
}
