import type { Happening, Observation } from '../../observation.js';

export const MOUNT = /FailedMount|mount azure file/i;
export const PULL = /Failed to pull|InaccessibleImage|ErrImagePull|ImagePullBackOff/i;

/** The last event whose kind and message match. */
export function lastWarning({ events }: Observation, saying: RegExp): Happening | undefined {
  return events.findLast(({ reason, message }) => saying.test(`${reason} ${message}`));
}
