import os from 'node:os';

import { beforeAll, expect, it } from '@jest/globals';
import pLimit from 'p-limit';

import { CHECKS } from '../../smoke/checks/index.js';
import { type Result, type SuiteOptions } from '../../smoke/index.js';

import { failures, withDeployment } from './run.js';
import { expected, type Sabotage } from './sabotage.js';

/** Runs every sabotage alone, and the suite in full. */
const IN_FULL = process.env.SABOTAGE_IN_FULL === '1';

/** A suite mostly waits: for idle timeouts, restarts and its own small writes. */
const AT_ONCE = 3 * os.availableParallelism();
const ALL_WITHIN_MS = IN_FULL ? 1_800_000 : 600_000;

const CONTROL = 'control';
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
async function runAll(sabotages: readonly Sabotage[]): Promise<Map<string, Outcome>> {
  const seen = new Map<string, Outcome>();
  const limit = pLimit(AT_ONCE);
  const record = async (id: string, failed: () => Promise<Outcome>) => {
    seen.set(id, await limit(failed).catch((error: Error) => error));
  };
  const alone = (sabotage?: Sabotage) =>
    withDeployment(sabotage, (running) => failures(running, sabotage, sabotage && optionsOf(sabotage)));
  const slowFirst = sabotages.toSorted((a, b) => Number(b.slow ?? false) - Number(a.slow ?? false));
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

/** Runs the suite with each of them, and without any. */
// eslint-disable-next-line jest/no-export -- the same tests of two lists, in two files
export function describeNoticing(sabotages: readonly Sabotage[]): void {
  let seen: ReadonlyMap<string, Outcome>;

  beforeAll(async () => {
    seen = await runAll(sabotages);
  }, ALL_WITHIN_MS);

  it('finds nothing where nothing is broken', () => {
    expect(seen.get(CONTROL)).toEqual([]);
  });

  it.each(sabotages)('notices $id with its check, and with no others than said', (sabotage) => {
    const failed = seen.get(sabotage.id);
    // Not only the ids, so that a wrong one says why.
    expect(
      Array.isArray(failed) ? failed.filter(({ check }) => !expected(sabotage).includes(check)) : failed,
    ).toEqual([]);
    expect(idsOf(failed)).toEqual(expected(sabotage));
  });
}
