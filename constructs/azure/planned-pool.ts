import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { BASE_CELL, type Plan } from '../../topology/plan.js';

import { cellStorage } from './cell-storage.js';
import { gatewayProps } from './gateway-plan-props.js';
import { Gateway } from './gateway.js';
import { commonTags, escapedSettings } from './plan-props.js';
import { groupIdentity, groupName, PlannedRuntime, type Providers } from './planned-runtime.js';
import type { Runtime } from './runtime.js';

export interface PlannedPoolProps {
  readonly plan: Plan;
  readonly providers: Providers;
  /** Object ids of who reads every token of the pool besides the gateway, by a key of yours. */
  readonly readers: Readonly<Record<string, string>>;
  /** What must be there before anything is of use: network and zone, where the stack makes them. */
  readonly after: readonly ITerraformDependable[];
}

/** Share of all replicas, in the paths of constructs. */
const SHARED = 'shared';

/** The pool of a plan: replicas, which are the same building block as dedicated runtimes, and the gateway before them. */
export class PlannedPool extends Construct {
  readonly replicas: ReadonlyMap<number, Runtime>;
  readonly gateway?: Gateway;

  constructor(scope: Construct, id: string, { plan, providers, readers, after }: PlannedPoolProps) {
    super(scope, id);
    const { gateway: group } = escapedSettings(plan);
    const tags = commonTags(plan);
    const place = new Construct(this, 'Gateway');
    const identity = group && groupIdentity(place, group, tags);

    const planned = plan.runtimes.filter(({ replica }) => replica !== undefined);
    const share = ({ replica, sharedState }: (typeof planned)[number]) =>
      sharedState ? SHARED : String(replica);
    const storage = cellStorage(
      this,
      plan,
      BASE_CELL,
      new Map(planned.map((each) => [share(each), each])),
      after,
    );
    const replicas = planned.map((each) => {
      const props = {
        ...{ plan, planned: each, storage, share: share(each), clients: readers, providers },
        ...(identity && { gateway: identity.principalId }),
      };
      return [each.replica!, new PlannedRuntime(this, String(each.replica), props, after)] as const;
    });
    this.replicas = new Map(
      replicas.flatMap(([number, { runtime }]) => (runtime ? [[number, runtime] as const] : [])),
    );

    const props = identity && gatewayProps(plan, identity, readers);
    if (!group || !identity || !props) return;
    const name = groupName(place, plan, group, identity, providers, tags, after);
    this.gateway = new Gateway(
      place,
      'Gateway',
      { ...props, ...(providers.vault && { vaultProvider: providers.vault }) },
      [...after, identity, ...name.ready, ...replicas.flatMap(([, { secrets }]) => secrets.ready)],
    );
  }
}
