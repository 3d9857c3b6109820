import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

import type { Instance, Process } from '../diagnosis/index.js';

import { conditions } from './conditions.js';

/** A pod of a runtime, as far as it matters. */
export function instance({ metadata, spec, status }: V1Pod): Instance {
  const container = status?.containerStatuses?.[0];
  const over = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  return {
    name: metadata?.name ?? '',
    ...(metadata?.creationTimestamp && { since: new Date(metadata.creationTimestamp).getTime() }),
    leaving: metadata?.deletionTimestamp !== undefined,
    conditions: conditions(status?.conditions),
    ...(over && {
      ended: {
        reason: status.reason ?? status.phase ?? '',
        ...(status.message !== undefined && { message: status.message }),
      },
    }),
    ...(container && { process: processOf(container, spec?.containers[0]?.image) }),
  };
}

function processOf(
  { image, ready, restartCount, state, lastState }: V1ContainerStatus,
  asked?: string,
): Process {
  const now = state?.waiting ?? state?.terminated;
  const last = state?.terminated ?? lastState?.terminated;
  return {
    // The status names the image as the node knows it, which may be without its registry.
    image: asked ?? image,
    ready,
    restarts: restartCount,
    state: state?.running ? 'running' : state?.terminated ? 'ended' : 'waiting',
    ...(now?.reason !== undefined && { reason: now.reason }),
    ...(now?.message !== undefined && { message: now.message }),
    ...(last && {
      lastEnd: {
        exitCode: last.exitCode,
        ...(last.reason !== undefined && { reason: last.reason }),
      },
    }),
  };
}
