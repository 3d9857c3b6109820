import { cite, lastEvent, staying } from '../find.js';
import type { ReasonRule } from '../reason.js';

const ADVICE = 'create it in the namespace of the runtime, or correct its name and key in the topology';

/** A Secret or ConfigMap that the pod refers to is missing, or has not the key. */
export const configuration: ReasonRule = (observation) => {
  const waiting = staying(observation).find(({ process }) => process?.state !== 'running');
  if (waiting === undefined) return undefined;
  const { process } = waiting;
  if (process?.reason === 'CreateContainerConfigError' || process?.reason === 'CreateContainerError') {
    return {
      code: 'configuration',
      message: `its container cannot be configured: ${cite(process.message)}`,
      advice: ADVICE,
      hopelessAfterSeconds: 20,
    };
  }
  const failed = lastEvent(observation, 'Pod', ['FailedMount']);
  if (failed === undefined || !MISSING.test(failed.message)) return undefined;
  return {
    code: 'configuration',
    message: `its files cannot be mounted: ${cite(failed.message)}`,
    advice: ADVICE,
    // Terraform writes Secrets before pods, but a controller of somebody else's may come a little later.
    hopelessAfterSeconds: 20,
  };
};

const MISSING = /(secret|configmap) .* not found|references non-existent (secret|config) key/;
