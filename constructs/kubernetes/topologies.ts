import { Construct } from 'constructs';

import { preferredSlot, type GatewayPlan } from '../../topology/gateway.js';
import { gatewayTokenName } from '../../topology/names.js';
import type { Plan } from '../../topology/plan.js';
import type { RuntimePlan } from '../../topology/runtime-plan.js';

import { Monitoring } from './monitoring.js';
import {
  envelopeProps,
  escapedSettings,
  gatewayProps,
  monitoringProps,
  readableSecrets,
  runtimeProps,
  sharedVolumeProps,
  smokeSubjects,
} from './plan-props.js';
import { RuntimePool } from './runtime-pool.js';
import { Runtime } from './runtime.js';
import { SmokeAccess, SmokeIdentity } from './smoke-identity.js';
import { TenantEnvelope } from './tenant-envelope.js';

export interface TopologyProps {
  /** By `planTopology(parseTopology(text))`. */
  readonly plan: Plan;
  /** Only the tenants of this cell. @default - all cells */
  readonly cell?: string;
}

/** A dedicated runtime with its envelope for each tenant of a plan. Paths are keyed by tenant. */
export class IsolatedTopology extends Construct {
  readonly runtimes: ReadonlyMap<string, Runtime>;

  constructor(scope: Construct, id: string, { plan, cell }: TopologyProps) {
    super(scope, id);
    const dedicated = plan.runtimes.filter(
      (planned) => planned.tenant !== undefined && (cell === undefined || planned.cell === cell),
    );
    this.runtimes = new Map(
      dedicated.map((planned) => [
        planned.tenant!,
        new DedicatedTenant(this, planned.tenant!, plan, planned).runtime,
      ]),
    );
  }
}

/** One tenant: its envelope and its runtime. */
class DedicatedTenant extends Construct {
  readonly runtime: Runtime;

  constructor(scope: Construct, id: string, plan: Plan, planned: RuntimePlan) {
    super(scope, id);
    const envelope = new TenantEnvelope(this, 'Envelope', envelopeProps(plan, planned));
    this.runtime = new Runtime(this, 'Runtime', runtimeProps(plan, planned), envelope.ready);
    admitSmoke(this, plan, [planned], envelope);
    admitPrometheus(this, plan, [planned], envelope);
  }
}

/** Opens a namespace with runtimes for the smoke suite, where the topology opts in. */
function admitSmoke(
  scope: Construct,
  plan: Plan,
  runtimes: readonly RuntimePlan[],
  envelope: TenantEnvelope,
  gateway?: GatewayPlan,
): void {
  const subjects = smokeSubjects(plan);
  const running = runtimes.filter(({ state }) => state !== 'retired');
  const [first] = running;
  if (!subjects || !first) return;
  const props = {
    subjects,
    namespace: runtimeProps(plan, first).namespace,
    secrets: [...running.flatMap(readableSecrets), ...(gateway ? clientTokens(gateway) : [])],
    port: first.port,
    ...(gateway && { gatewayPort: gateway.port }),
    labels: escapedSettings(plan).labels,
  };
  new SmokeAccess(scope, 'Smoke', props, envelope.ready);
}

/** Opens the metrics of a namespace with runtimes to Prometheus, where the topology opts in. */
function admitPrometheus(
  scope: Construct,
  plan: Plan,
  runtimes: readonly RuntimePlan[],
  envelope: TenantEnvelope,
): void {
  const running = runtimes.find(({ state }) => state !== 'retired');
  const props = running && monitoringProps(plan, running);
  if (props) new Monitoring(scope, 'Monitoring', props, envelope.ready);
}

/** Secrets with the tokens that clients of the gateway should use. */
const clientTokens = ({ tenants }: GatewayPlan) =>
  Object.entries(tenants).map(([id, { tokens }]) => gatewayTokenName(id, preferredSlot(tokens)));

/** The pool of a plan, and where the smoke suite runs; nothing where the plan has neither. */
export class SharedTopology extends Construct {
  readonly pool?: RuntimePool;

  constructor(scope: Construct, id: string, { plan }: Pick<TopologyProps, 'plan'>) {
    super(scope, id);
    const subjects = smokeSubjects(plan);
    const { labels } = escapedSettings(plan);
    if (subjects) {
      const port = plan.runtimes[0]?.port;
      new SmokeIdentity(this, 'Smoke', {
        subjects,
        labels,
        ...(port !== undefined && { port }),
        ...(plan.gateway && { gatewayPort: plan.gateway.port }),
      });
    }
    const replicas = plan.runtimes.filter(({ replica }) => replica !== undefined);
    const [first] = replicas;
    if (!first) return;
    this.pool = new RuntimePool(this, 'Pool', {
      envelope: {
        namespace: first.namespace,
        retention: first.volume.retention,
        // Nobody enters but the gateway: a tenant never holds the token of a pool.
        clients: [],
        // The namespace is that of all replicas.
        labels,
      },
      ...(first.sharedState && { sharedVolume: sharedVolumeProps(plan, first) }),
      replicas: Object.fromEntries(
        replicas.map((planned) => [planned.replica!, runtimeProps(plan, planned)]),
      ),
      ...(plan.gateway && { gateway: gatewayProps(plan, plan.gateway) }),
    });
    admitSmoke(this.pool, plan, replicas, this.pool.envelope, plan.gateway);
    admitPrometheus(this.pool, plan, replicas, this.pool.envelope);
  }
}

/** Dedicated runtimes and the pool of a plan, in one stack. The kit's own stacks keep them apart. */
export class HybridTopology extends Construct {
  readonly dedicated: IsolatedTopology;
  readonly shared: SharedTopology;

  constructor(scope: Construct, id: string, props: TopologyProps) {
    super(scope, id);
    this.dedicated = new IsolatedTopology(this, 'Dedicated', props);
    this.shared = new SharedTopology(this, 'Shared', props);
  }
}
