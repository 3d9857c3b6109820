import type { Observation } from './observation.js';

/** Why a runtime is not as its manifest wants it, or will not be for long. */
export interface Reason {
  readonly code: ReasonCode;
  /** What was seen: lower case, one line, without a final period. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
  /**
   * Seconds after which waiting any longer is in vain; undefined where it passes by itself, so that only the
   * deadline of whoever waits ends it.
   */
  readonly hopelessAfterSeconds?: number;
}

/** Known reasons, those that explain others first. */
export const REASON_CODES = [
  'not-deployed',
  'not-stopped',
  'outdated',
  'quota',
  'pod-security',
  'refused',
  'volume',
  'unschedulable',
  'configuration',
  'image',
  'out-of-memory',
  'crash',
  'evicted',
  'mount',
  'not-ready',
  'progress',
  'would-not-restart',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

/** Finds one kind of reason; undefined when it is not that. */
export type ReasonRule = (observation: Observation) => Reason | undefined;
