import type { Manifest } from '../topology/index.js';

import { ClusterError } from './errors.js';

/** A runtime as it is found on a cluster. */
export interface Subject {
  /** Id in the manifest. */
  readonly runtime: string;
  readonly state: 'active' | 'suspended' | 'retired';
  readonly namespace: string;
  /** Name of its Deployment and Service. */
  readonly name: string;
}

/** Runtimes of a manifest. @throws {ClusterError} when it is of another platform */
export function subjectsOf({ name, runtimes }: Manifest): Subject[] {
  return Object.entries(runtimes).map(([runtime, { state, endpoint }]) => {
    if (endpoint.kind !== 'service') {
      throw new ClusterError(`${runtime} of ${name} is not on a cluster: its endpoint is ${endpoint.kind}`);
    }
    return { runtime, state, namespace: endpoint.namespace, name: endpoint.name };
  });
}
