import { cite, condition, lastEvent, staying } from '../find.js';
import type { ReasonRule } from '../reason.js';

/** No node takes the pod. */
export const unschedulable: ReasonRule = (observation) => {
  const refused = staying(observation)
    .map(({ conditions }) => condition(conditions, 'PodScheduled', false))
    .find((one) => one?.reason === 'Unschedulable');
  if (refused === undefined) return undefined;
  const growing = lastEvent(observation, 'Pod', ['TriggeredScaleUp']) !== undefined;
  return {
    code: 'unschedulable',
    message: `no node takes its pod: ${cite(refused.message)}${growing ? ' (the cluster is adding a node)' : ''}`,
    advice:
      'add nodes, ask for less under resources, or check nodeSelector, tolerations and the zone of the volume',
    // A new node takes minutes, and then it is well.
    ...(!growing && { hopelessAfterSeconds: 45 }),
  };
};

export const evicted: ReasonRule = (observation) => {
  const { ended } = observation.instances.findLast((instance) => instance.ended) ?? {};
  if (ended === undefined) return undefined;
  return {
    code: 'evicted',
    message: `its pod was ended by the node (${ended.reason}): ${cite(ended.message)}`,
    advice: 'free memory or disk on the node, or raise resources; a new pod comes by itself',
  };
};
