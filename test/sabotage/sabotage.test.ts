import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { CHECKS } from '../../smoke/checks/index.js';
import { CLUSTER_SABOTAGES } from '../cluster/sabotages.js';
import { AZURE_SABOTAGES } from '../smoke/azure/sabotages.js';

import { renderMatrix } from './matrix.js';
import { describeNoticing } from './noticing.js';
import { expected } from './sabotage.js';
import { FIRST_OF_EACH, SABOTAGES } from './sabotages/index.js';

/** Writes the page instead of comparing with what is written. */
const WRITE = process.env.WRITE_DOCS === '1';
const PAGE = path.resolve(import.meta.dirname, '../../docs/sabotage.md');

const CHECK_IDS = CHECKS.map(({ id }) => id);
/** All that were ever thought of; those of a cluster and of container groups are done by tests of their own. */
const EVERY = [...SABOTAGES, ...CLUSTER_SABOTAGES, ...AZURE_SABOTAGES];
const OF = { local: SABOTAGES, kubernetes: CLUSTER_SABOTAGES, azure: AZURE_SABOTAGES } as const;

describe('the list of sabotages', () => {
  it('has ids that are used once', () => {
    const ids = EVERY.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });

  it('names checks that exist, and at most three beside the one that it is for', () => {
    const wrong = EVERY.filter(
      (sabotage) =>
        expected(sabotage).some((id) => !CHECK_IDS.includes(id)) || (sabotage.also ?? []).length > 3,
    );
    expect(wrong).toEqual([]);
  });

  it.each(CHECK_IDS)('has one for %s, wherever it has a meaning', (check) => {
    const { targets = ['local'] } = CHECKS.find(({ id }) => id === check)!;
    const lacking = targets.filter((target) => !OF[target].some(({ caughtBy }) => caughtBy === check));
    expect(lacking).toEqual([]);
  });

  it('is what docs/sabotage.md says', () => {
    const page = renderMatrix(SABOTAGES, CLUSTER_SABOTAGES, AZURE_SABOTAGES);
    if (WRITE) writeFileSync(PAGE, page);
    expect(readFileSync(PAGE, 'utf8')).toBe(page);
  });
});

// One for each check; the others take as long again, and are in sabotage.long.test.ts.
describe('the smoke suite', () => {
  describeNoticing(FIRST_OF_EACH);
});
