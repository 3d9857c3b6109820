import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { beforeAll, describe, expect, it } from '@jest/globals';
import pLimit from 'p-limit';

import { CHECKS } from '../../smoke/checks/index.js';
import { type Result, type SuiteOptions } from '../../smoke/index.js';
import { CLUSTER_SABOTAGES } from '../cluster/sabotages.js';
import { AZURE_SABOTAGES } from '../smoke/azure/sabotages.js';

import { renderMatrix } from './matrix.js';
import { failures, withDeployment } from './run.js';
import type { Sabotage } from './sabotage.js';
import { SABOTAGES } from './sabotages/index.js';

/** Runs every sabotage alone, and the suite in full. */
const IN_FULL = process.env.SABOTAGE_IN_FULL === '1';
/** Writes the page instead of comparing with what is written. */
const WRITE = process.env.WRITE_DOCS === '1';
const PAGE = path.resolve(import.meta.dirname, '../../docs/sabotage.md');

/** A suite mostly waits: for idle timeouts, restarts and its own small writes. */
const AT_ONCE = 3 * os.availableParallelism();
const ALL_WITHIN_MS = IN_FULL ? 1_800_000 : 600_000;

const CONTROL = 'control';
const CHECK_IDS = CHECKS.map(({ id }) => id);
/** All that were ever thought of; those of a cluster and of container groups are done by tests of their own. */
const EVERY = [...SABOTAGES, ...CLUSTER_SABOTAGES, ...AZURE_SABOTAGES];
const OF = { local: SABOTAGES, kubernetes: CLUSTER_SABOTAGES, azure: AZURE_SABOTAGES } as const;
const expected = ({ caughtBy, also = [] }: Pick<Sabotage, 'caughtBy' | 'also'>) => [caughtBy, ...also].sort();

/**
 * To save time only the checks that must notice are run, and everything where nothing is broken. That no others notice
 * is seen with {@link IN_FULL}.
 */
const optionsOf = (sabotage: Sabotage): SuiteOptions => (IN_FULL ? {} : { only: expected(sabotage) });

/** Only the client side is broken: many of them can have one deployment, as long as no check disturbs it. */
function sharesDeployment(sabotage: Sabotage): boolean {
  const { topology, launch, gateway, afterUp, restarts = true } = sabotage;
  const disturbs = CHECKS.some(({ id, disruptive }) => disruptive && expected(sabotage).includes(id));
  return !IN_FULL && !topology && !launch && !gateway && !afterUp && restarts && !disturbs;
}

/** What failed, or why a run came to no result. */
type Outcome = readonly Result[] | Error;

const idsOf = (outcome: Outcome | undefined) =>
  Array.isArray(outcome) ? [...new Set((outcome as readonly Result[]).map(({ check }) => check))].sort() : [];

/** Outcomes by id of the sabotage. */
async function runAll(): Promise<Map<string, Outcome>> {
  const seen = new Map<string, Outcome>();
  const limit = pLimit(AT_ONCE);
  const record = async (id: string, failed: () => Promise<Outcome>) => {
    seen.set(id, await limit(failed).catch((error: Error) => error));
  };
  const alone = (sabotage?: Sabotage) =>
    withDeployment(sabotage, (running) => failures(running, sabotage, sabotage && optionsOf(sabotage)));
  const slowFirst = [...SABOTAGES].sort((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
  const sharing = slowFirst.filter(sharesDeployment);
  const shared = withDeployment(undefined, (running) =>
    Promise.all(
      sharing.map((sabotage) => record(sabotage.id, () => failures(running, sabotage, optionsOf(sabotage)))),
    ),
  );
  await Promise.all([
    shared.catch((error: Error) => sharing.forEach(({ id }) => seen.set(id, error))),
    ...slowFirst
      .filter((sabotage) => !sharesDeployment(sabotage))
      .map((sabotage) => record(sabotage.id, () => alone(sabotage))),
    record(CONTROL, () => alone()),
  ]);
  return seen;
}

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

describe('the smoke suite', () => {
  let seen: ReadonlyMap<string, Outcome>;

  beforeAll(async () => {
    seen = await runAll();
  }, ALL_WITHIN_MS);

  it('finds nothing where nothing is broken', () => {
    expect(seen.get(CONTROL)).toEqual([]);
  });

  it.each(SABOTAGES)('notices $id with its check, and with no others than said', (sabotage) => {
    const failed = seen.get(sabotage.id);
    // Not only the ids, so that a wrong one says why.
    expect(
      Array.isArray(failed) ? failed.filter(({ check }) => !expected(sabotage).includes(check)) : failed,
    ).toEqual([]);
    expect(idsOf(failed)).toEqual(expected(sabotage));
  });
});
