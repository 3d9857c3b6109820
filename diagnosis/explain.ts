import { existing } from './find.js';
import type { Observation } from './observation.js';
import { REASON_CODES, type Reason, type ReasonRule } from './reason.js';
import { RULES } from './rules/index.js';

/**
 * Why a runtime is not as its manifest wants it; what explains the rest comes first, nothing when all is well. Pure:
 * the same for a rollout and a status.
 *
 * @param rules of the platform: pods and processes unless said
 */
export function explain(observation: Observation, rules: readonly ReasonRule[] = RULES): Reason[] {
  if (isAsWanted(observation)) return [];
  const found = rules
    .map((rule) => rule(observation))
    .filter((reason) => reason !== undefined)
    .sort((a, b) => REASON_CODES.indexOf(a.code) - REASON_CODES.indexOf(b.code));
  // That it is under way says nothing new beside a reason for which it does not get there.
  return found.length > 1 ? found.filter(({ code }) => code !== 'progress') : found;
}

/** Whether a runtime serves in its newest version, or is stopped where that is wanted. */
export function isAsWanted(observation: Observation): boolean {
  const { state, workload } = observation;
  const instances = existing(observation);
  if (state !== 'active') return (workload?.wanted ?? 0) === 0 && instances.length === 0;
  return (
    workload !== undefined &&
    workload.observed &&
    workload.wanted > 0 &&
    workload.updated >= workload.wanted &&
    workload.ready >= workload.wanted &&
    // With Recreate there is never a second one, unless somebody else put it there.
    instances.length <= workload.wanted
  );
}
