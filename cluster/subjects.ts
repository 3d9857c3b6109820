import { GATEWAY_NAME, type Manifest, type ManifestRuntime } from '../topology/index.js';
import { gatewayLabels, selectorLabels } from '../topology/labels.js';

import { ClusterError } from './errors.js';

/** A runtime, or the gateway, as it is found on a cluster. */
export interface Subject {
  /** Id in the manifest; `gateway` for the gateway. */
  readonly runtime: string;
  readonly state: 'active' | 'suspended' | 'retired';
  readonly namespace: string;
  /** Name of its Deployment and Service. */
  readonly name: string;
  /** Claim that its state lies on; the gateway has none. */
  readonly claim?: string;
  /** Labels of its pods. */
  readonly selector: Readonly<Record<string, string>>;
}

/** Runtimes of a manifest, and the gateway before its pool. @throws {ClusterError} when it is of another platform */
export function subjectsOf({ name, runtimes, gateway }: Manifest): Subject[] {
  const subject = (
    runtime: string,
    { state, endpoint, expect }: Pick<ManifestRuntime, 'state' | 'endpoint'> & Partial<ManifestRuntime>,
    labels: (name: string) => Record<string, string>,
  ): Subject => {
    if (endpoint.kind !== 'service') {
      throw new ClusterError(`${runtime} of ${name} is not on a cluster: its endpoint is ${endpoint.kind}`);
    }
    const { namespace, name: workload } = endpoint;
    const claim = expect?.pod?.claim;
    const found = { runtime, state, namespace, name: workload, selector: labels(workload) };
    return claim === undefined ? found : { ...found, claim };
  };
  return [
    ...Object.entries(runtimes).map(([id, runtime]) => subject(id, runtime, selectorLabels)),
    ...(gateway
      ? [subject(GATEWAY_NAME, { state: 'active', endpoint: gateway.endpoint }, gatewayLabels)]
      : []),
  ];
}
