import type { StandIn } from './host-contract.js';
import type { LockedVolume } from './lock.js';
import type { RuntimeId } from './names.js';
import type { Provider, SecretSource, Tenant, TenantState } from './schema/index.js';

/** One runtime: dedicated to a tenant, or a replica of the pool. The same on every platform. */
export interface RuntimePlan {
  readonly id: RuntimeId;
  readonly tenant?: string;
  readonly replica?: number;
  readonly cell: string;
  /** `retired`: no workload, the volume is kept. */
  readonly state: TenantState;
  /** Namespace on Kubernetes; part of the lock on every platform. */
  readonly namespace: string;
  readonly binary: 'native' | 'cli';
  /** Arguments of the runtime process, complete. */
  readonly args: readonly string[];
  /** Environment of the runtime host; never a secret. */
  readonly env: Readonly<Record<string, string>>;
  /** COPILOT_HOME: absolute in a container, relative to the manifest on local. */
  readonly home: string;
  readonly port: number;
  readonly integrationId: string;
  /** 0: never. */
  readonly idleTimeoutSeconds: number;
  /** Hours after its last use when a session is deleted. */
  readonly sessionTtlHours: number;
  readonly connectionToken: { readonly revision: number };
  readonly githubToken?: SecretSource;
  readonly provider?: Provider;
  readonly standIns: readonly StandIn[];
  /** Who may reach the runtime and read its token (Kubernetes). */
  readonly clients: Tenant['clients'];
  /** Who may read its token (Azure): object ids. */
  readonly principals: readonly string[];
  readonly quota?: Tenant['quota'];
  readonly resources: { readonly cpu: string; readonly memoryMiB: number };
  readonly volume: VolumePlan;
  /** The volume is that of all replicas, whose sessions lie together in {@link sessions}. */
  readonly sharedState?: true;
  /** Directory of the shared sessions, as {@link home}. */
  readonly sessions?: string;
}

export type VolumePlan = LockedVolume & { readonly retention: 'retain' | 'delete' };
