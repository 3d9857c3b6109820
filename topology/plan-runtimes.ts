import { SHARE_DIRECTORY, STAND_INS, STATE_DIRECTORY, type StandIn } from './host-contract.js';
import type { LockedVolume } from './lock.js';
import {
  BASE_CELL,
  replicaRuntimeId,
  SHARED_STATE,
  tenantRuntimeId,
  workloadName,
  type RuntimeId,
} from './names.js';
import { poolNamespace, tenantNamespace } from './placement.js';
import { hostEnvironment, runtimeArguments } from './process.js';
import type { RuntimePlan } from './runtime-plan.js';
import type { Auth, Topology } from './schema/index.js';

/** The runtime of a tenant with one of its own. */
export function tenantRuntime(topology: Topology, id: string): RuntimePlan {
  const tenant = topology.tenants[id]!;
  const common = commonPlan(topology, tenantRuntimeId(id), {
    auth: tenant.auth ?? topology.runtime.auth,
    idleTimeoutSeconds: tenant.idleTimeoutSeconds ?? topology.runtime.idleTimeoutSeconds,
    tenant: id,
  });
  return {
    ...common,
    tenant: id,
    cell: tenant.cell,
    state: tenant.state,
    namespace: tenantNamespace(topology, id),
    connectionToken: { revision: tenant.connectionTokenRevision },
    clients: tenant.clients,
    principals: tenant.principals,
    ...(tenant.quota && { quota: tenant.quota }),
    resources: tenant.resources ?? topology.runtime.resources,
    volume: { ...common.volume, sizeGiB: tenant.sizeGiB ?? topology.storage.sizeGiB },
  };
}

/** A tenant that moved into the pool: what it had as a dedicated one stays, without a workload. */
export function keptRuntime(
  topology: Topology,
  id: string,
  volume: LockedVolume,
  cell: string | undefined,
): RuntimePlan {
  const runtime = tenantRuntime(topology, id);
  return {
    ...runtime,
    cell: cell ?? runtime.cell,
    state: 'retired',
    volume: { ...volume, retention: runtime.volume.retention },
  };
}

/** A replica of the pool. */
export function replicaRuntime(topology: Topology, replica: number): RuntimePlan {
  const { pool, runtime } = topology;
  const id = replicaRuntimeId(replica);
  const shared: { home?: string; sessions: string } | undefined =
    pool?.storage === 'shared' ? sharedPaths(topology, id, replica) : undefined;
  const common = commonPlan(topology, id, {
    auth: runtime.auth,
    idleTimeoutSeconds: runtime.idleTimeoutSeconds,
    ...shared,
  });
  return {
    ...common,
    ...(shared && {
      sharedState: true,
      sessions: shared.sessions,
      volume: {
        ...common.volume,
        sizeGiB: pool?.sizeGiB ?? common.volume.sizeGiB,
        class: pool?.class ?? common.volume.class,
        accessMode: 'ReadWriteMany',
      },
    }),
    replica,
    cell: BASE_CELL,
    state: 'active',
    namespace: poolNamespace(topology),
    connectionToken: { revision: pool?.connectionTokenRevision ?? 1 },
    clients: [],
    principals: [],
    resources: pool?.resources ?? runtime.resources,
  };
}

/** Each replica has a home of its own, on the volume that all of them have. */
function sharedPaths({ platform }: Topology, id: RuntimeId, replica: number) {
  // The share of a container group is mounted for the sessions alone, whoever else has it.
  if (platform === 'azure') return { sessions: SHARE_DIRECTORY };
  return platform === 'local'
    ? { home: `${id}/home`, sessions: `${SHARED_STATE}/sessions` }
    : { home: `${STATE_DIRECTORY}/${workloadName({ replica })}`, sessions: `${STATE_DIRECTORY}/sessions` };
}

function commonPlan(
  topology: Topology,
  id: RuntimeId,
  own: { auth: Auth; idleTimeoutSeconds: number; tenant?: string; home?: string; sessions?: string },
) {
  const { runtime, platform, storage, smoke } = topology;
  const standIns: StandIn[] = STAND_INS.filter((kind) => smoke.standIn[kind]);
  const home = own.home ?? (platform === 'local' ? `${id}/home` : `${STATE_DIRECTORY}/home`);
  return {
    id,
    binary: runtime.binary,
    args: runtimeArguments(platform, runtime.port, own.idleTimeoutSeconds),
    env: hostEnvironment(topology, {
      id,
      home,
      standIns,
      tenant: own.tenant,
      sessions: platform === 'azure' ? SHARE_DIRECTORY : own.sessions,
    }),
    home,
    port: runtime.port,
    integrationId: runtime.integrationId,
    idleTimeoutSeconds: own.idleTimeoutSeconds,
    sessionTtlHours: runtime.sessionTtlHours,
    ...(own.auth.githubToken && { githubToken: own.auth.githubToken }),
    ...(own.auth.provider && { provider: own.auth.provider }),
    standIns,
    volume: {
      sizeGiB: storage.sizeGiB,
      class: (platform === 'azure' ? topology.azure?.storageRedundancy : storage.class) ?? null,
      accessMode: storage.accessMode,
      retention: storage.retention,
    },
  };
}
