import { cite, staying } from './find.js';
import type { Observation } from './observation.js';
import type { Reason } from './reason.js';

/** What will be wrong with a runtime that may well be as wanted now, in the order in which it will show. Pure. */
export function foresee(observation: Observation): Reason[] {
  const obstacle = staying(observation)
    .map(({ process }) => process?.usage?.restartObstacle)
    .find((one) => one !== undefined);
  if (obstacle === undefined) return [];
  return [
    {
      code: 'would-not-restart',
      message: `it goes on with the secrets that it has read, and would not start like this again: ${cite(obstacle)}`,
      advice: 'put that right before anything starts it again',
    },
  ];
}
