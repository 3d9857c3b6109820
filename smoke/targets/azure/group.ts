import type { Group, GroupContainer } from '../../../azure/group.js';

export const containersOf = ({ properties }: Group): readonly GroupContainer[] => [
  ...(properties.initContainers ?? []),
  ...properties.containers,
];

/** Times that containers of a group were started again. */
export const restartsOf = ({ properties }: Group): number =>
  properties.containers.reduce((sum, one) => sum + (one.properties.instanceView?.restartCount ?? 0), 0);

/** What keeps a group from running, as Azure says it; undefined when it runs. */
export function groupTrouble({ name, properties }: Group): string | undefined {
  const stuck = properties.containers.find(
    (one) => one.properties.instanceView?.currentState?.state !== 'Running',
  );
  const { state } = properties.instanceView ?? {};
  if (state === 'Running' && !stuck) return undefined;
  const { currentState, events = [] } = stuck?.properties.instanceView ?? {};
  const said = [
    currentState?.state,
    currentState?.detailStatus,
    currentState?.exitCode === undefined ? undefined : `exit code ${currentState.exitCode}`,
  ].filter(Boolean);
  const warning = [...(properties.instanceView?.events ?? []), ...events].findLast(
    ({ type }) => type === 'Warning',
  );
  return [
    `container group ${name} is ${state ?? 'unknown'}`,
    ...(stuck && said.length > 0 ? [`container ${stuck.name}: ${said.join(', ')}`] : []),
    ...(warning?.message ? [warning.message] : []),
  ].join('; ');
}

/** Ids of Azure differ in capitals, depending on whom one asks. */
export const sameId = (one: string | undefined, other: string | undefined) =>
  one !== undefined && one.toLowerCase() === other?.toLowerCase();
