import { poolRoute, tenantAtGateway, type Party } from '../party.js';
import type { Workbench } from '../workbench.js';

/** Replicas that list a session of a tenant, asked with their own tokens. */
export async function replicasWith(bench: Workbench, party: Party, sessionId: string): Promise<string[]> {
  const { replicas } = poolRoute(bench.manifest, tenantAtGateway(party)!);
  const asked = replicas
    .filter((id) => bench.reachable(id))
    .map(async (id) => {
      const sessions = await (await bench.client(id)).listSessions();
      // The gateway puts the tenant before the id.
      return sessions.some((session) => session.sessionId.endsWith(sessionId)) ? [id] : [];
    });
  return (await Promise.all(asked)).flat();
}
