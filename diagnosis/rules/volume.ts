import { cite, lastEvent, staying } from '../find.js';
import type { ReasonRule } from '../reason.js';

/** The claim is not bound, and that is not only because its pod is not there yet. */
export const volume: ReasonRule = (observation) => {
  const { volume: claim } = observation;
  if (claim === undefined || claim.phase === 'Bound') return undefined;
  if (claim.phase === 'Lost') {
    return {
      code: 'volume',
      message: `the volume behind ${claim.name} is gone`,
      advice:
        'restore the PersistentVolume, or the state from a backup; deploying again does not bring it back',
      hopelessAfterSeconds: 0,
    };
  }
  const failed = lastEvent(observation, 'PersistentVolumeClaim', ['ProvisioningFailed', 'FailedBinding']);
  const className =
    claim.storageClass === undefined ? 'the default StorageClass' : `StorageClass ${claim.storageClass}`;
  if (failed === undefined) {
    // A class that waits for its first consumer binds only after the pod: without one there is another reason.
    if (staying(observation).length === 0) return undefined;
    return {
      code: 'volume',
      message: `${claim.name} is not bound yet (${className})`,
      advice: 'look whether the provisioner of the class runs',
      hopelessAfterSeconds: 60,
    };
  }
  return {
    code: 'volume',
    message: `no volume for ${claim.name} (${className}): ${cite(failed.message)}`,
    advice:
      'use a StorageClass that exists and whose provisioner runs; a claim keeps its class, so one that is still unbound is deleted by hand',
    hopelessAfterSeconds: 30,
  };
};

/** The volume is bound, but the node cannot use it. */
export const mount: ReasonRule = (observation) => {
  if (!staying(observation).some(({ process }) => process?.state !== 'running')) return undefined;
  const failed = lastEvent(observation, 'Pod', ['FailedMount', 'FailedAttachVolume']);
  // A Secret that is missing shows as a failed mount too.
  if (failed === undefined || /(secret|configmap) .* not found/.test(failed.message)) return undefined;
  return {
    code: 'mount',
    message: `its volume cannot be mounted: ${cite(failed.message)}`,
    advice:
      'look whether another pod or node still holds the volume, and whether its driver runs on the node',
    hopelessAfterSeconds: 90,
  };
};
