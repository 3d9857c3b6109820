import { cite, lastEvent, staying } from '../find.js';
import type { ReasonRule } from '../reason.js';

const PULL = ['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull'];
const NAME = ['InvalidImageName', 'ImageInspectError'];

/** The image cannot be pulled. */
export const image: ReasonRule = (observation) => {
  const process = staying(observation)
    .map((instance) => instance.process)
    .find((one) => one?.state === 'waiting' && [...PULL, ...NAME].includes(one.reason ?? ''));
  if (process === undefined) return undefined;
  // While it backs off the container says little more than that; why stands in an event, among others that do not.
  const why = lastEvent(observation, 'Pod', ['Failed'], /^Failed to pull/)?.message ?? process.message;
  return {
    code: 'image',
    message: `the image ${process.image} cannot be pulled: ${cite(why)}`,
    advice:
      'check the name and digest under runtime.image, that the node reaches the registry, and kubernetes.imagePullSecrets',
    hopelessAfterSeconds: NAME.includes(process.reason ?? '') ? 0 : 20,
  };
};
