import { stringify } from 'yaml';

import type { Topology } from './schema/index.js';

/** A topology as a file, every default written out; {@link parseTopology} reads the same topology from it. */
export function printTopology(topology: Topology): string {
  return stringify(topology, { lineWidth: 0, aliasDuplicateObjects: false });
}
