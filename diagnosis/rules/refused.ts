import { cite, condition, lastEvent } from '../find.js';
import type { Observation } from '../observation.js';
import type { Reason, ReasonCode, ReasonRule } from '../reason.js';

/** The controller retries with growing pauses: what was refused before this deploy may not have been tried again yet. */
const HOPELESS_SECONDS = 60;

/** Why the platform refuses to create the pod. */
function refusal(observation: Observation): string | undefined {
  const failure = condition(observation.workload?.conditions, 'ReplicaFailure', true);
  if (failure) return failure.message;
  if (observation.instances.length > 0) return undefined;
  return lastEvent(observation, 'ReplicaSet', ['FailedCreate'])?.message;
}

function refusedBecause(code: ReasonCode, matches: RegExp, what: string, advice: string): ReasonRule {
  return (observation): Reason | undefined => {
    const message = refusal(observation);
    if (message === undefined || !matches.test(message)) return undefined;
    return { code, message: `${what}: ${cite(message)}`, advice, hopelessAfterSeconds: HOPELESS_SECONDS };
  };
}

const QUOTA = /exceeded quota|failed quota|forbidden: (maximum|minimum) (cpu|memory)/;
const POD_SECURITY = /violates PodSecurity/;

export const quota = refusedBecause(
  'quota',
  QUOTA,
  'the quota of the namespace leaves no room for its pod',
  'raise the quota of the tenant (or of the namespace, where somebody else owns it), or ask for less under resources',
);

export const podSecurity = refusedBecause(
  'pod-security',
  POD_SECURITY,
  'the Pod Security level of the namespace refuses its pod',
  'look who changes pods on their way (a mutating webhook, an override), since what is rendered passes the level restricted',
);

/** Admission webhooks, a missing service account, priority class or RuntimeClass. */
export const refused: ReasonRule = (observation) => {
  const message = refusal(observation);
  if (message === undefined || QUOTA.test(message) || POD_SECURITY.test(message)) return undefined;
  return {
    code: 'refused',
    message: `the API server refuses its pod: ${cite(message)}`,
    advice:
      'remove what refuses it, or create what it misses; "copilot-runtimes preflight" looks for the usual ones',
    hopelessAfterSeconds: HOPELESS_SECONDS,
  };
};
