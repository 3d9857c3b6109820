import type { Arm } from '../../../azure/arm.js';
import type { SmokeGroup } from '../../../topology/index.js';
import type { ProgressEvent } from '../../events.js';

/** A run of the suite in a container group. */
export interface GroupRun {
  readonly arm: Arm;
  readonly place: SmokeGroup;
  /** Name of the topology, which begins that of the group. */
  readonly topology: string;
  readonly manifestText: string;
  /** Options of the suite, as the command line has them. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressEvent) => void;
}
