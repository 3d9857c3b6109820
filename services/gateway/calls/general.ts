import { forbidden } from '../errors.js';

import { forward } from './call.js';
import type { Call, Context } from './context.js';

/** A call that any replica can answer. */
export async function anyReplica(context: Context, call: Call): Promise<void> {
  forward(context, call, await context.pool.any(), call.params);
}

/** A call that speaks of the identity of the replica, which is not the tenant's unless its policy says so. */
export async function identity(context: Context, call: Call): Promise<void> {
  const { client, tenant, id, method, params } = call;
  const own = typeof params.gitHubToken === 'string' && params.gitHubToken !== '';
  if (own || tenant.policy.poolIdentity) return anyReplica(context, call);
  if (method === 'auth.getStatus') {
    client.answer(id, { isAuthenticated: false, statusMessage: 'Not authenticated' });
    return;
  }
  throw forbidden(`${method}: gitHubToken is required, since the pool's own identity is not the tenant's`);
}
