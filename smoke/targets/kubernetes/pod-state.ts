import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';

/** What keeps a pod from being ready, as the cluster says it. */
export function podTrouble(pod: V1Pod): string {
  const name = `pod ${pod.metadata?.name}`;
  if (pod.metadata?.deletionTimestamp) return `${name} is being deleted`;
  const status = pod.status ?? {};
  if (status.reason) return `${name} is ${status.reason}${status.message ? `: ${status.message}` : ''}`;
  const containers = [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])];
  const stuck = containers.map(containerTrouble).find((trouble) => trouble !== undefined);
  if (stuck) return `${name}: ${stuck}`;
  const unmet = (status.conditions ?? []).find(
    (condition) => condition.status !== 'True' && condition.message,
  );
  return `${name} is ${status.phase ?? 'unknown'}${unmet ? `: ${unmet.message}` : ''}`;
}

function containerTrouble({ name, state, lastState, ready }: V1ContainerStatus): string | undefined {
  if (ready) return undefined;
  const { waiting, terminated = lastState?.terminated } = state ?? {};
  if (waiting?.reason && waiting.reason !== 'ContainerCreating') {
    return `container ${name} waits: ${waiting.reason}${waiting.message ? ` (${waiting.message})` : ''}`;
  }
  return terminated
    ? `container ${name} ended: ${terminated.reason ?? 'no reason'}, exit code ${terminated.exitCode}`
    : undefined;
}

export const isReady = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
