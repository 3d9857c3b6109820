import type { Cluster } from '../../cluster/connection.js';
import type { SmokeJob } from '../../topology/index.js';

import type { PlaceRun } from './place-run.js';

/** A run of the suite as a Job. */
export interface JobRun extends PlaceRun<SmokeJob> {
  readonly cluster: Cluster;
}
