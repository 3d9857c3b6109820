import type { CopilotClient, CopilotSession } from '@github/copilot-sdk';

import type { Manifest } from '../../topology/index.js';

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

export interface OpenWorkloadOptions extends Omit<CloudSessionOptions, 'repository'> {
  /** Opens a session on the tenant's runtime or pool. */
  readonly onTenant: () => Promise<CopilotSession>;
  /** Connects to the runtime that creates cloud sessions, e.g. `(id) => connectTenantRuntime(manifest, id, { resolve })`. */
  readonly connectCloud: (runtime: string) => Promise<CopilotClient>;
}

/** A session for a piece of work. */
export interface WorkloadSession {
  readonly session: CopilotSession;
  readonly on: 'tenant' | 'cloud';
  /** The work should have gone to the cloud; the policy of the organisation blocked it, and the topology says fall back. */
  readonly fellBack?: PolicyBlockedError;
}

/**
 * Opens a session where the topology sends the work. A refusal by policy is never tried again.
 *
 * @throws {PolicyBlockedError} when the topology says `onPolicyBlocked: fail`; and what {@link createCloudSession},
 * `onTenant` and `connectCloud` throw
 */
export async function openWorkload(
  route: WorkloadRoute,
  { onTenant, connectCloud, ...cloud }: OpenWorkloadOptions,
): Promise<WorkloadSession> {
  if (route.to === 'tenant') return { session: await onTenant(), on: 'tenant' };
  const client = await connectCloud(route.runtime);
  try {
    const session = await createCloudSession(client, { ...cloud, repository: route.repository });
    return { session, on: 'cloud' };
  } catch (error) {
    if (!(error instanceof PolicyBlockedError) || route.onPolicyBlocked === 'fail') throw error;
    return { session: await onTenant(), on: 'tenant', fellBack: error };
  }
}
