import type { Arm } from '../../../azure/arm.js';
import type { SmokeGroup } from '../../../topology/index.js';
import type { PlaceRun } from '../place-run.js';

/** A run of the suite in a container group. */
export interface GroupRun extends PlaceRun<SmokeGroup> {
  readonly arm: Arm;
  /** Name of the topology, which begins that of the group. */
  readonly topology: string;
}
