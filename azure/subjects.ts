import { GATEWAY_NAME, type GroupExpectation, type Manifest } from '../topology/index.js';

import { AzureError } from './errors.js';

/** A runtime, or the gateway, as it is found on Azure. */
export interface Subject {
  /** Id in the manifest; `gateway` for the gateway. */
  readonly runtime: string;
  readonly state: 'active' | 'suspended' | 'retired';
  readonly group: GroupExpectation;
  /** What clients connect to. */
  readonly host: string;
}

/** Runtimes of a manifest, and the gateway before its pool. @throws {AzureError} when it is of another platform */
export function subjectsOf({ name, runtimes, gateway }: Manifest): Subject[] {
  const all = [
    ...Object.entries(runtimes).map(([id, { state, endpoint, expect }]) => ({
      runtime: id,
      state,
      endpoint,
      group: expect.group,
    })),
    ...(gateway
      ? [
          {
            runtime: GATEWAY_NAME,
            state: 'active' as const,
            endpoint: gateway.endpoint,
            group: gateway.expect.group,
          },
        ]
      : []),
  ];
  return all.map(({ endpoint, group, ...subject }) => {
    if (endpoint.kind === 'dns' && group) return { ...subject, group, host: endpoint.host };
    throw new AzureError(
      `${subject.runtime} of ${name} is no container group: its endpoint is ${endpoint.kind}`,
    );
  });
}
