import { existing, staying } from '../find.js';
import type { ReasonRule } from '../reason.js';

/** A runtime that should run has nothing that would start it. */
export const notDeployed: ReasonRule = ({ state, workload }) => {
  if (state !== 'active') return undefined;
  if (workload === undefined) {
    return {
      code: 'not-deployed',
      message: 'nothing is deployed for it',
      advice: 'deploy it, or check that this is the right cluster and the newest manifest',
      hopelessAfterSeconds: 0,
    };
  }
  if (workload.observed && workload.wanted === 0) {
    return {
      code: 'not-deployed',
      message: 'it is scaled to zero although the manifest has it active',
      advice: 'deploy again; whoever scaled it down may do so again',
      hopelessAfterSeconds: 0,
    };
  }
  return undefined;
};

/** A suspended or retired runtime still runs, or is about to. */
export const notStopped: ReasonRule = (observation) => {
  const { state, workload } = observation;
  if (state === 'active') return undefined;
  const names =
    existing(observation)
      .map(({ name }) => name)
      .join(', ') || 'a workload that starts one';
  // A workload of zero whose instances are all leaving only needs its grace period.
  const hopeless = (workload?.wanted ?? 0) > 0 || staying(observation).length > 0;
  return {
    code: 'not-stopped',
    message: `it is ${state} in the manifest, but there is still ${names}`,
    advice: hopeless
      ? 'deploy again, and delete what is not part of the deployment'
      : 'wait until the grace period of the pod is over',
    ...(hopeless && { hopelessAfterSeconds: 30 }),
  };
};
