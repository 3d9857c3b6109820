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
  // While it backs off the container says only that; why stands in the event.
  const why = /^Back-off/.test(process.message ?? '')
    ? (lastEvent(observation, 'Pod', ['Failed'])?.message ?? process.message)
    : process.message;
  return {
    code: 'image',
    message: `the image ${process.image} cannot be pulled: ${cite(why)}`,
    advice:
      'check the name and digest under runtime.image, that the node reaches the registry, and kubernetes.imagePullSecrets',
    hopelessAfterSeconds: NAME.includes(process.reason ?? '') ? 0 : 20,
  };
};
