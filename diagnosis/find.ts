import type { Condition, Happening, Instance, Observation } from './observation.js';

/** Longest message of others that is repeated; what is longer is a list of everything that also went wrong. */
const MESSAGE_MAX = 400;

/** A message of the platform as part of one of ours: on one line, of bearable length, without a final period. */
export function cite(message: string | undefined, fallback = 'no reason is given'): string {
  const line = (message ?? '').replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  if (line === '') return fallback;
  return line.length > MESSAGE_MAX ? `${line.slice(0, MESSAGE_MAX - 1)}…` : line;
}

/** Instances that may still run. What the platform has ended stays listed for a while, and runs no more. */
export const existing = ({ instances }: Observation): readonly Instance[] =>
  instances.filter(({ ended }) => ended === undefined);

/** Instances that are meant to stay. */
export const staying = (observation: Observation): readonly Instance[] =>
  existing(observation).filter(({ leaving }) => !leaving);

export function condition(
  conditions: readonly Condition[] | undefined,
  type: string,
  status: boolean,
): Condition | undefined {
  return conditions?.find((one) => one.type === type && one.status === status);
}

/** The last event of one of these kinds. */
export function lastEvent(
  { events }: Observation,
  about: string,
  reasons: readonly string[],
  saying = /./,
): Happening | undefined {
  return events.findLast(
    (event) => event.about === about && reasons.includes(event.reason) && saying.test(event.message),
  );
}
