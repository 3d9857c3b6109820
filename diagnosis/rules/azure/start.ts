import { cite, staying } from '../../find.js';
import type { Observation } from '../../observation.js';
import type { ReasonRule } from '../../reason.js';

import { lastWarning, MOUNT, PULL } from './events.js';

const waiting = (observation: Observation) =>
  staying(observation)
    .map(({ process }) => process)
    .find((process) => process !== undefined && process.state !== 'running');

/** Without its share a container does not start, and Azure tries again for ever. */
export const mount: ReasonRule = (observation) => {
  const process = waiting(observation);
  const event = lastWarning(observation, MOUNT);
  if (!process || (!MOUNT.test(process.reason ?? '') && (!event || process.restarts > 0))) return undefined;
  return {
    code: 'mount',
    message: `its file share cannot be mounted: ${cite(event?.message ?? process.reason)}`,
    advice:
      'deploy again if the key of the storage account was rotated; else check that the account lets the subnet in (service endpoint Microsoft.Storage)',
    hopelessAfterSeconds: 60,
  };
};

export const image: ReasonRule = (observation) => {
  const process = waiting(observation);
  const event = lastWarning(observation, PULL);
  if (!process || (!PULL.test(process.reason ?? '') && (!event || process.restarts > 0))) return undefined;
  return {
    code: 'image',
    message: `the image ${process.image} cannot be pulled: ${cite(event?.message ?? process.reason)}`,
    advice:
      'check the name and digest under runtime.image, that azure.pullIdentityId has AcrPull, and that the subnet has a NAT gateway; a group that could not be created stays behind, so delete it before the next deploy',
    hopelessAfterSeconds: 60,
  };
};
