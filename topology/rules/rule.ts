import type { Problem } from '../problems.js';
import type { Topology } from '../schema/index.js';

/** A contradiction inside a topology that the schema of single values cannot see. */
export type Rule = (topology: Topology) => Problem[];
