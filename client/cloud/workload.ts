import type { CopilotClient, CopilotSession, SessionConfig } from '@github/copilot-sdk';

import type { Manifest } from '../../topology/index.js';

import { connectTenant, connectTenantRuntime, type ConnectTenantOptions } from '../connect-tenant.js';

import { createCloudSession, type CloudSessionOptions } from './cloud-session.js';
import { PolicyBlockedError } from './policy.js';

/** `light`: an answer within seconds, on the tenant's runtime or pool. `heavy`: long work on a repository. */
export type Workload = 'light' | 'heavy';

/** Where work of a tenant goes. */
export type WorkloadRoute =
  /** To the tenant's runtime or pool, see `connectTenant`. */
  { readonly to: 'tenant' } | ({ readonly to: 'cloud' } & NonNullable<Manifest['cloud']>[string]);

/** Where the topology sends work: heavy work to cloud sessions if the tenant has them, all else to the tenant's own. */
export function routeWorkload(manifest: Manifest, tenant: string, workload: Workload): WorkloadRoute {
  const cloud = manifest.cloud && Object.hasOwn(manifest.cloud, tenant) ? manifest.cloud[tenant] : undefined;
  return workload === 'heavy' && cloud ? { to: 'cloud', ...cloud } : { to: 'tenant' };
}

export interface OpenWorkloadOptions extends ConnectTenantOptions {
  /** Settings of a session on the tenant's runtime or pool. */
  readonly settings: SessionConfig;
  /** How cloud sessions are created. @default - without tools and further settings */
  readonly cloud?: Omit<CloudSessionOptions, 'repository'>;
}

/** A session for a piece of work, on a connection of its own. */
export interface WorkloadSession {
  readonly session: CopilotSession;
  readonly on: 'tenant' | 'cloud';
  /** Why the work is not in the cloud although it should be: policy blocked it, and the topology says fall back. */
  readonly fellBack?: PolicyBlockedError;
  /** Detaches the session and closes the connection. */
  close(): Promise<void>;
}

/**
 * Opens a session where the topology sends the work. A refusal by policy is never tried again.
 *
 * @throws {PolicyBlockedError} when the topology says `onPolicyBlocked: fail`; and what {@link createCloudSession} and
 * {@link connectTenant} throw
 */
export async function openWorkload(
  manifest: Manifest,
  tenant: string,
  workload: Workload,
  { settings, cloud, ...connect }: OpenWorkloadOptions,
): Promise<WorkloadSession> {
  const onTenant = async () => {
    const client = await connectTenant(manifest, tenant, connect);
    return opened(client, 'tenant', () => client.createSession(settings));
  };
  const route = routeWorkload(manifest, tenant, workload);
  if (route.to === 'tenant') return onTenant();
  const { runtime, repository, onPolicyBlocked } = route;
  try {
    const client = await connectTenantRuntime(manifest, runtime, connect);
    return await opened(client, 'cloud', () => createCloudSession(client, { ...cloud, repository }));
  } catch (error) {
    if (!(error instanceof PolicyBlockedError) || onPolicyBlocked === 'fail') throw error;
    return { ...(await onTenant()), fellBack: error };
  }
}

async function opened(
  client: CopilotClient,
  on: WorkloadSession['on'],
  open: () => Promise<CopilotSession>,
): Promise<WorkloadSession> {
  try {
    const session = await open();
    return { session, on, close: async () => void (await client.stop()) };
  } catch (error) {
    await client.forceStop();
    throw error;
  }
}
