import { cite, condition } from '../../find.js';
import type { ReasonRule } from '../../reason.js';

import { lastWarning, MOUNT, PULL } from './events.js';

/** A runtime that should run has no group, or one that somebody has stopped. */
export const notDeployed: ReasonRule = ({ state, workload }) => {
  if (state !== 'active') return undefined;
  if (workload === undefined) {
    return {
      code: 'not-deployed',
      message: 'it has no container group',
      advice: 'deploy it; if that fails, "copilot-runtimes preflight" looks for the usual causes',
      hopelessAfterSeconds: 0,
    };
  }
  if (workload.wanted > 0) return undefined;
  return {
    code: 'not-deployed',
    message: 'its container group is stopped',
    advice: 'start it with "az container start"; a deploy leaves it as it is',
    hopelessAfterSeconds: 30,
  };
};

/** Its group was made from an earlier manifest, or by somebody else. */
export const outdated: ReasonRule = ({ state, workload, instances }) => {
  if (state !== 'active' || workload === undefined || workload.wanted === 0) return undefined;
  if (workload.updated >= workload.wanted) return undefined;
  return {
    code: 'outdated',
    message: `it runs the image ${instances[0]?.process?.image ?? 'of an earlier deploy'}, not that of the manifest`,
    advice: 'deploy again: the last one did not come to it',
    hopelessAfterSeconds: 30,
  };
};

const CAPACITY = /not available in the location|ServiceUnavailable/i;
const QUOTA = /quota/i;

/** Azure could not make the group, which stays there all the same. */
export const failed: ReasonRule = (observation) => {
  const provisioned = condition(observation.workload?.conditions, PROVISIONED, false);
  if (observation.state !== 'active' || provisioned?.reason !== 'Failed') return undefined;
  // Those have rules of their own, with better advice.
  if (lastWarning(observation, PULL) ?? lastWarning(observation, MOUNT)) return undefined;
  const said = provisioned.message ?? lastWarning(observation, /./)?.message ?? '';
  const [code, advice] = CAPACITY.test(said)
    ? ([
        'unschedulable',
        'deploy again later, ask for less under resources, or use another location',
      ] as const)
    : QUOTA.test(said)
      ? (['quota', 'ask Azure for more quota of Container Instances in that region'] as const)
      : (['refused', 'do what the reason says'] as const);
  return {
    code,
    message: `its container group could not be created: ${cite(said)}`,
    advice: `${advice}; then delete the group, which stays behind ("az container delete"), and deploy again`,
    hopelessAfterSeconds: 0,
  };
};

/** Condition of a workload that says whether Azure has made it; its reason is Azure's own word. */
export const PROVISIONED = 'Provisioned';

/** None of the known reasons: it is under way. */
export const progress: ReasonRule = ({ state, workload }) => {
  if (state !== 'active' || workload === undefined) return undefined;
  const provisioned = condition(workload.conditions, PROVISIONED, false);
  return {
    code: 'progress',
    message: provisioned
      ? `its container group is still being made (${provisioned.reason})`
      : 'it is being started',
    advice: 'wait',
  };
};
