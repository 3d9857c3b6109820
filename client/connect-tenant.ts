import type { Endpoint, Manifest, SecretPlace } from '../topology/index.js';

import { connectRuntime, type ModelAccess, type RuntimeClient } from './connect.js';
import { assertOptions } from './options.js';
import type { Resolver } from './resolve/resolver.js';

export interface ConnectTenantOptions {
  /** How endpoints and secrets are found from here, e.g. `localResolver(manifestFile)` or `kubernetesResolver()`. */
  readonly resolve: Resolver;
  /**
   * GitHub token of the person that sessions are for, passed with each of them. @default - the provider of the
   * topology, if it has one; otherwise sessions run as the runtime's own identity, if that has one
   */
  readonly gitHubToken?: string;
  /** Longest wait for the handshake, in milliseconds. @default 30_000 */
  readonly connectTimeoutMs?: number;
}

const OPTIONS: readonly (keyof ConnectTenantOptions)[] = ['resolve', 'gitHubToken', 'connectTimeoutMs'];

/** A tenant that the manifest has no way to. */
export class NoRouteError extends Error {
  override readonly name = 'NoRouteError';
}

/**
 * Connects to where a tenant's sessions run: its own runtime, or the gateway before the pool with the tenant's token.
 * The client is in empty mode and looks at each allowlist; the provider of the topology goes with each session.
 *
 * @throws {NoRouteError} for a tenant that is unknown, suspended or retired; {OptionsError} for an option that would
 * be ignored; {ResolveError} when the endpoint or the token cannot be found; and what {@link connectRuntime} throws
 */
export async function connectTenant(
  manifest: Manifest,
  tenant: string,
  options: ConnectTenantOptions,
): Promise<RuntimeClient> {
  assertOptions(options, OPTIONS);
  const { endpoint, token, runtime } = wayTo(manifest, tenant);
  return connectTo(manifest, { endpoint, token, runtime }, options);
}

/**
 * Connects to one runtime of a manifest, e.g. the one that creates a tenant's cloud sessions.
 *
 * @throws {NoRouteError} when the manifest has no such runtime, and what {@link connectTenant} throws
 */
export async function connectTenantRuntime(
  manifest: Manifest,
  runtime: string,
  options: ConnectTenantOptions,
): Promise<RuntimeClient> {
  assertOptions(options, OPTIONS);
  const { endpoint, connectionToken: token } = runtimeOf(manifest, runtime);
  return connectTo(manifest, { endpoint, token, runtime }, options);
}

interface Way {
  readonly endpoint: Endpoint;
  readonly token: SecretPlace;
  /** Whose provider the sessions get. */
  readonly runtime: string | undefined;
}

async function connectTo(
  manifest: Manifest,
  { endpoint, token, runtime }: Way,
  { resolve, gitHubToken, connectTimeoutMs }: ConnectTenantOptions,
): Promise<RuntimeClient> {
  const [address, connectionToken, access] = await Promise.all([
    resolve.address(endpoint),
    resolve.secret(token),
    gitHubToken === undefined ? providerOf(manifest, runtime, resolve) : { gitHubToken },
  ]);
  return connectRuntime({
    address,
    connectionToken,
    ...(access && { access }),
    ...(connectTimeoutMs !== undefined && { connectTimeoutMs }),
  });
}

function wayTo(manifest: Manifest, tenant: string): Way {
  const route = Object.hasOwn(manifest.routes, tenant) ? manifest.routes[tenant] : undefined;
  switch (route?.to) {
    case 'runtime': {
      const { endpoint, connectionToken: token } = runtimeOf(manifest, route.runtime);
      return { endpoint, token, runtime: route.runtime };
    }
    case 'pool':
      if (!manifest.gateway) {
        throw new NoRouteError(
          `tenant ${tenant} is in the pool, but the manifest names no gateway: deploy again with this version`,
        );
      }
      return { endpoint: manifest.gateway.endpoint, token: route.token, runtime: route.replicas[0] };
    case 'nowhere':
      throw new NoRouteError(
        `nothing runs for tenant ${tenant}, which is ${route.state}: set its state to active in the topology and deploy`,
      );
    case undefined:
      throw new NoRouteError(
        `the manifest of ${manifest.name} has no tenant ${JSON.stringify(tenant)}: it knows ${Object.keys(manifest.routes).slice(0, 20).join(', ') || 'none'}`,
      );
  }
}

function runtimeOf(manifest: Manifest, id: string) {
  const runtime = Object.hasOwn(manifest.runtimes, id) ? manifest.runtimes[id] : undefined;
  if (runtime) return runtime;
  throw new NoRouteError(
    `the manifest of ${manifest.name} has no runtime ${JSON.stringify(id)}: write it anew with a deploy`,
  );
}

/** A tenant's own part of a manifest does not describe the replicas; then sessions bring their provider themselves. */
async function providerOf(
  manifest: Manifest,
  runtime: string | undefined,
  resolve: Resolver,
): Promise<ModelAccess | undefined> {
  const provider = runtime === undefined ? undefined : manifest.runtimes[runtime]?.provider;
  if (!provider) return undefined;
  const { type, baseUrl, model, apiKey } = provider;
  return {
    model,
    provider: { type, baseUrl, ...(apiKey && { apiKey: await resolve.secret(apiKey) }) },
  };
}
