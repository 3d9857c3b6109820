import { tenantsWithRuntime } from '../cloud.js';
import { DEFAULT_CELL_CAPACITY, type Topology } from '../schema/index.js';

import type { Rule } from './rule.js';

/** Capacity of a cell; a topology without `cells` declares each cell by naming it. */
function capacity({ cells }: Topology, cell: string): number {
  return cells[cell]?.maxTenants ?? DEFAULT_CELL_CAPACITY;
}

/** Tenants with a runtime of their own by cell, in the order of the file. The others live in no cell. */
function members(topology: Topology): Map<string, string[]> {
  const byCell = new Map(Object.keys(topology.cells).map((cell) => [cell, [] as string[]]));
  for (const [id, { cell }] of tenantsWithRuntime(topology)) {
    byCell.set(cell, [...(byCell.get(cell) ?? []), id]);
  }
  return byCell;
}

const declared: Rule = (topology) => {
  const known = Object.keys(topology.cells);
  if (known.length === 0) return [];
  return tenantsWithRuntime(topology).flatMap(([id, { cell }]) =>
    topology.cells[cell]
      ? []
      : [
          {
            path: ['tenants', id, 'cell'],
            message: `must be one of the cells ${known.join(', ')}, got "${cell}": add it under cells, or choose another`,
          },
        ],
  );
};

const full: Rule = (topology) => {
  const byCell = members(topology);
  const declaredCells = Object.keys(topology.cells);
  const usable = declaredCells.length > 0 ? declaredCells : [...byCell.keys()];
  const room = usable.find((cell) => (byCell.get(cell)?.length ?? 0) < capacity(topology, cell));
  const anyNew = declaredCells.length > 0 ? 'no cell has room, add one under cells' : 'name a new one';
  return [...byCell].flatMap(([cell, ids]) =>
    ids.slice(capacity(topology, cell)).map((id) => ({
      path: ['tenants', id, 'cell'],
      message: `must be another cell, since "${cell}" is full (${ids.length} tenants, ${capacity(topology, cell)} at most): ${
        room === undefined ? anyNew : `"${room}" has room`
      }`,
    })),
  );
};

export const cellRules: readonly Rule[] = [declared, full];
