import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { parseTopology, planTopology, type Plan } from '../../topology/index.js';

/** Keys of a topology file, in place of those of the smallest one. */
export type Overrides = Readonly<Record<string, unknown>>;

/** The smallest local topology, one dedicated runtime, as text (JSON is YAML). */
export function topologyText(overrides: Overrides = {}): string {
  return JSON.stringify({
    name: 'tiny',
    platform: 'local',
    pattern: 'isolated',
    runtime: { integrationId: 'test' },
    tenants: { acme: {} },
    ...overrides,
  });
}

export function planOf(overrides: Overrides = {}): Plan {
  return planTopology(parseTopology(topologyText(overrides)));
}

/** Writes a topology file. @returns its path */
export function writeTopology(directory: string, overrides: Overrides = {}, name = 'topology.yaml'): string {
  const file = path.join(directory, name);
  writeFileSync(file, topologyText(overrides));
  return file;
}

/** A dedicated runtime and a replica of the pool: both kinds in one plan. */
export const HYBRID: Overrides = {
  pattern: 'hybrid',
  pool: { replicas: 1 },
  tenants: { acme: { placement: 'dedicated' }, docs: { placement: 'pool' } },
};
