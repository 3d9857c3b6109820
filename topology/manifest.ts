import { z } from 'zod';

import { readGenerated } from './generated.js';
import { SECRET_FILES, STAND_INS } from './host-contract.js';
import { groupExpectation, groupExpectationOf, smokeGroup, smokeGroupOf } from './manifest-azure.js';
import {
  clientTokenPlace,
  describeGateway,
  manifestGateway,
  type ManifestGateway,
} from './manifest-gateway.js';
import { podExpectation, podExpectationOf, smokeJob, smokeJobOf } from './manifest-kubernetes.js';
import { endpoint, secretPlace, type SecretPlace } from './manifest-places.js';
import { workloadName, type RuntimeId } from './names.js';
import type { Plan, Route } from './plan.js';
import type { RuntimePlan } from './runtime-plan.js';

/** Raised when a reader of the old version would misread the new one. */
export const MANIFEST_VERSION = 1;

const runtime = z.strictObject({
  tenant: z.string().optional(),
  replica: z.int().optional(),
  state: z.enum(['active', 'suspended', 'retired']),
  endpoint,
  connectionToken: secretPlace,
  provider: z
    .strictObject({
      type: z.enum(['openai', 'azure', 'anthropic']),
      baseUrl: z.string(),
      model: z.string(),
      apiKey: secretPlace.optional(),
    })
    .optional(),
  /** What the smoke suite holds the runtime against. */
  expect: z.strictObject({
    home: z.string(),
    binary: z.enum(['native', 'cli']),
    integrationId: z.string(),
    idleTimeoutSeconds: z.int(),
    /** Hours after its last use when its host deletes a session. */
    sessionTtlHours: z.int().optional(),
    /** All replicas of the pool have the same sessions, with homes of their own on one volume. */
    sharedSessions: z.literal(true).optional(),
    /** The process has a GitHub identity of its own. */
    githubIdentity: z.boolean(),
    /** On Kubernetes only. */
    pod: podExpectation.optional(),
    /** On Azure only. */
    group: groupExpectation.optional(),
    standIns: z.array(z.enum(STAND_INS)),
  }),
});
export type ManifestRuntime = z.output<typeof runtime>;

const route = z.discriminatedUnion('to', [
  z.strictObject({ to: z.literal('runtime'), runtime: z.string() }),
  /** Through the gateway, with the tenant's token; the replicas are named, not told. */
  z.strictObject({ to: z.literal('pool'), token: secretPlace, replicas: z.array(z.string()) }),
  z.strictObject({ to: z.literal('nowhere'), state: z.enum(['suspended', 'retired']) }),
]);

const cloudRoute = z.strictObject({
  /** The runtime that creates the cloud sessions, under its own GitHub identity. */
  runtime: z.string(),
  repository: z.strictObject({ owner: z.string(), name: z.string() }),
  onPolicyBlocked: z.enum(['fail', 'fall-back']),
});

const manifestSchema = z.strictObject({
  manifestVersion: z.literal(MANIFEST_VERSION),
  name: z.string(),
  platform: z.enum(['kubernetes', 'azure', 'local']),
  pattern: z.enum(['isolated', 'shared', 'hybrid']),
  runtimes: z.record(z.string(), runtime),
  /** Where pooled tenants connect. Not in the manifest of a tenant with a runtime of its own. */
  gateway: manifestGateway.optional(),
  routes: z.record(z.string(), route),
  /** Where `smoke --in-cluster` runs. */
  smokeJob: smokeJob.optional(),
  /** Where `smoke --in-network` runs. */
  smokeGroup: smokeGroup.optional(),
  /** Active tenants whose heavy work may go to cloud sessions; absent when there are none. */
  cloud: z.record(z.string(), cloudRoute).optional(),
  accept: z.strictObject({ networkPolicyNotEnforced: z.boolean() }),
});

/** What clients and the smoke suite need to know of a deployment. */
export type Manifest = z.output<typeof manifestSchema>;

/** The manifest of a plan: a pure function, written at synth. */
export function manifestOf(plan: Plan): Manifest {
  const job = smokeJobOf(plan);
  const group = plan.azure && smokeGroupOf(plan.azure);
  const { gateway, ...manifest } = manifestWith(plan, plan.runtimes, Object.entries(plan.routes));
  return {
    ...manifest,
    ...(gateway && { gateway: withGroup(plan, gateway) }),
    ...(job && { smokeJob: job }),
    ...(group && { smokeGroup: group }),
  };
}

/** For whoever proves the deployment: the secrets of the gateway's group are named after all tenants. */
function withGroup({ azure }: Plan, gateway: ManifestGateway): ManifestGateway {
  if (!azure?.gateway) return gateway;
  return { ...gateway, expect: { ...gateway.expect, group: groupExpectationOf(azure, azure.gateway) } };
}

/**
 * What of the manifest one tenant may know: its own route, and its runtime or the gateway. A manifest again.
 *
 * @param among where to look for the tenant's runtime, since looking through all for every tenant takes its time
 */
export function manifestSlice(plan: Plan, tenant: string, among = plan.runtimes): Manifest {
  const to = Object.hasOwn(plan.routes, tenant) ? plan.routes[tenant] : undefined;
  return manifestWith(
    plan,
    among.filter(({ tenant: owner }) => owner === tenant),
    to ? [[tenant, to]] : [],
  );
}

function manifestWith(
  plan: Plan,
  runtimes: readonly RuntimePlan[],
  routes: readonly (readonly [string, Route])[],
): Manifest {
  const pooled = routes.flatMap(([id, { to }]) => (to === 'pool' ? [id] : []));
  const cloud = routes.flatMap(([id]) => {
    const own = plan.cloud[id];
    return own ? [[id, own] as const] : [];
  });
  return {
    manifestVersion: MANIFEST_VERSION,
    name: plan.name,
    platform: plan.platform,
    pattern: plan.pattern,
    runtimes: Object.fromEntries(runtimes.map((planned) => [planned.id, describe(plan, planned)])),
    ...(plan.gateway && pooled.length > 0 && { gateway: describeGateway(plan, plan.gateway, pooled) }),
    routes: Object.fromEntries(routes.map(([id, to]) => [id, routeOf(plan, id, to)])),
    ...(cloud.length > 0 && { cloud: Object.fromEntries(cloud) }),
    accept: plan.accept,
  };
}

/** File that the stacks and a render write the manifest of a topology to. */
export const deploymentManifestFile = (topology: string) => `${topology}.manifest.json`;

/** The text of a manifest's file. */
export const manifestText = (manifest: Manifest) => `${JSON.stringify(manifest, null, 2)}\n`;

/** Reads a manifest. @throws {InputError} when it is none, or one of another version */
export function parseManifest(text: string, source = 'manifest.json'): Manifest {
  return readGenerated(text, source, manifestSchema, {
    version: 'manifestVersion',
    restore: 'write it anew with "copilot-runtimes up" or "cdktf synth"',
  });
}

function routeOf(plan: Plan, tenant: string, to: Route): Manifest['routes'][string] {
  if (to.to !== 'pool' || !plan.gateway) return to as Exclude<Route, { to: 'pool' }>;
  return {
    to: 'pool',
    token: clientTokenPlace(plan, plan.gateway, tenant),
    replicas: [...plan.gateway.runtimes],
  };
}

function describe(plan: Plan, planned: RuntimePlan): ManifestRuntime {
  const { provider } = planned;
  const pod = podExpectationOf(plan, planned);
  const group = plan.azure?.runtimes[planned.id];
  return {
    ...(planned.tenant !== undefined && { tenant: planned.tenant }),
    ...(planned.replica !== undefined && { replica: planned.replica }),
    state: planned.state,
    endpoint: endpointOf(plan, planned),
    connectionToken: tokenPlace(plan, planned),
    ...(provider && {
      provider: {
        type: provider.type,
        baseUrl: provider.baseUrl,
        model: provider.model,
        ...(provider.apiKey && { apiKey: providerKeyPlace(plan, planned) }),
      },
    }),
    expect: {
      home: planned.home,
      binary: planned.binary,
      integrationId: planned.integrationId,
      idleTimeoutSeconds: planned.idleTimeoutSeconds,
      sessionTtlHours: planned.sessionTtlHours,
      ...(planned.sharedState && { sharedSessions: true as const }),
      githubIdentity: planned.githubToken !== undefined,
      standIns: [...planned.standIns],
      ...(pod && { pod }),
      ...(plan.azure && group && { group: groupExpectationOf(plan.azure, group) }),
    },
  };
}

function endpointOf(plan: Plan, planned: RuntimePlan): ManifestRuntime['endpoint'] {
  switch (plan.platform) {
    case 'local':
      return { kind: 'local', file: localFiles(planned.id).endpoint };
    case 'kubernetes':
      return {
        kind: 'service',
        namespace: planned.namespace,
        name: workloadName(planned),
        port: planned.port,
      };
    case 'azure':
      return { kind: 'dns', host: plan.azure?.runtimes[planned.id]?.host ?? '', port: planned.port };
  }
}

function tokenPlace(plan: Plan, planned: RuntimePlan): SecretPlace {
  switch (plan.platform) {
    case 'local':
      return { kind: 'file', path: localFiles(planned.id).connectionToken };
    case 'kubernetes':
      return {
        kind: 'kubernetesSecret',
        namespace: planned.namespace,
        name: `${workloadName(planned)}-${SECRET_FILES.connectionToken}`,
        key: SECRET_FILES.connectionToken,
      };
    case 'azure':
      return keyVaultPlace(plan, planned, 'connectionToken');
  }
}

function keyVaultPlace(
  { azure }: Plan,
  { id }: RuntimePlan,
  secret: 'connectionToken' | 'providerKey',
): SecretPlace {
  return {
    kind: 'keyVaultSecret',
    vault: azure?.keyVault.uri ?? '',
    name: azure?.runtimes[id]?.secrets[secret] ?? '',
  };
}

function providerKeyPlace(plan: Plan, planned: RuntimePlan): SecretPlace {
  const file = SECRET_FILES.providerKey;
  const existing = planned.provider?.apiKey?.existingSecret;
  switch (plan.platform) {
    case 'local':
      return { kind: 'file', path: localFiles(planned.id).providerKey };
    case 'kubernetes':
      return {
        kind: 'kubernetesSecret',
        namespace: planned.namespace,
        name: existing?.name ?? `${workloadName(planned)}-${file}`,
        key: existing?.key ?? file,
      };
    case 'azure':
      return keyVaultPlace(plan, planned, 'providerKey');
  }
}

/** Files of a runtime on the local target, relative to the manifest. */
export function localFiles(id: RuntimeId) {
  return {
    directory: id,
    home: `${id}/home`,
    secrets: `${id}/secrets`,
    connectionToken: `${id}/secrets/${SECRET_FILES.connectionToken}`,
    githubToken: `${id}/secrets/${SECRET_FILES.githubToken}`,
    providerKey: `${id}/secrets/${SECRET_FILES.providerKey}`,
    temporary: `${id}/tmp`,
    log: `${id}/host.log`,
    endpoint: `${id}/endpoint.json`,
  } as const;
}
