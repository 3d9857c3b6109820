import { z } from 'zod';

import type { AzurePlan } from './azure/model.js';
import { gatewayTokenSecret } from './azure/plan.js';
import { GATEWAY_TOKEN_KEY, gatewayTokenFile } from './gateway-contract.js';
import { preferredSlot, type GatewayPlan } from './gateway.js';
import { groupExpectation } from './manifest-azure.js';
import { endpoint, type Endpoint, type SecretPlace } from './manifest-places.js';
import { GATEWAY_NAME, gatewayTokenName, type TokenSlot } from './names.js';
import { gatewayLimits, gatewayPolicy, ROUTINGS } from './schema/gateway.js';
import type { Platform } from './schema/index.js';

/** The gateway in a manifest. */
export const manifestGateway = z.strictObject({
  endpoint,
  /** What the smoke suite holds the gateway against. */
  expect: z.strictObject({
    replicas: z.int(),
    routing: z.enum(ROUTINGS),
    replicaWaitSeconds: z.int(),
    drainSeconds: z.int(),
    sharedStorage: z.boolean(),
    /** On Azure only; never in what a tenant sees. */
    group: groupExpectation.optional(),
    tenants: z.record(z.string(), z.strictObject({ limits: gatewayLimits, policy: gatewayPolicy })),
  }),
});
export type ManifestGateway = z.output<typeof manifestGateway>;

/** Files of the gateway on the local target, relative to the manifest. */
export const GATEWAY_FILES = {
  directory: 'gateway',
  config: 'gateway/gateway.json',
  endpoint: 'gateway/endpoint.json',
  log: 'gateway/gateway.log',
  tokens: 'gateway/tokens',
  redisPassword: 'gateway/redis-password',
} as const;

/** What places depend on; a plan has it. */
interface Named {
  readonly name: string;
  readonly platform: Platform;
  readonly gateway?: GatewayPlan;
  readonly azure?: AzurePlan;
}

/** @param tenants those that whoever reads the manifest may know of */
export function describeGateway(
  plan: Named,
  gateway: GatewayPlan,
  tenants: readonly string[],
): ManifestGateway {
  const { replicas, routing, replicaWaitSeconds, drainSeconds, lock } = gateway;
  return {
    endpoint: gatewayEndpoint(plan, gateway),
    expect: {
      replicas,
      routing,
      replicaWaitSeconds,
      drainSeconds,
      sharedStorage: lock !== undefined,
      tenants: Object.fromEntries(
        tenants.map((id) => {
          const { limits, policy } = gateway.tenants[id]!;
          return [id, { limits, policy }];
        }),
      ),
    },
  };
}

function gatewayEndpoint({ platform, azure }: Named, { namespace, port }: GatewayPlan): Endpoint {
  switch (platform) {
    case 'local':
      return { kind: 'local', file: GATEWAY_FILES.endpoint };
    case 'kubernetes':
      return { kind: 'service', namespace, name: GATEWAY_NAME, port };
    case 'azure':
      return { kind: 'dns', host: azure?.gateway?.host ?? '', port };
  }
}

/** Where the token is that a client of a pooled tenant should use. */
export function clientTokenPlace(plan: Named, gateway: GatewayPlan, tenant: string): SecretPlace {
  return gatewayTokenPlace(plan, gateway, tenant, preferredSlot(gateway.tenants[tenant]!.tokens));
}

export function gatewayTokenPlace(
  { name, platform, azure }: Named,
  { namespace }: GatewayPlan,
  tenant: string,
  slot: TokenSlot,
): SecretPlace {
  switch (platform) {
    case 'local':
      return { kind: 'file', path: `${GATEWAY_FILES.tokens}/${gatewayTokenFile(tenant, slot)}` };
    case 'kubernetes':
      return {
        kind: 'kubernetesSecret',
        namespace,
        name: gatewayTokenName(tenant, slot),
        key: GATEWAY_TOKEN_KEY,
      };
    case 'azure':
      return {
        kind: 'keyVaultSecret',
        vault: azure?.keyVault.uri ?? '',
        name: gatewayTokenSecret(name, tenant, slot),
      };
  }
}
