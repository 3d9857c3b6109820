import type { Cluster } from '../../cluster/connection.js';
import type { SmokeJob } from '../../topology/index.js';
import type { ProgressEvent } from '../events.js';

/** A run of the suite as a Job. */
export interface JobRun {
  readonly cluster: Cluster;
  readonly place: SmokeJob;
  readonly manifestText: string;
  /** Options of the suite, as the command line has them. */
  readonly args: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressEvent) => void;
}
