import type { Manifest } from '../topology/index.js';

import { CHECKS } from './checks/index.js';
import type { Check, Report } from './model.js';
import { buildMatrix } from './report/matrix.js';
import { counts, verdictOf } from './report/summarize.js';
import { runChecks, type RunOptions } from './runner.js';
import type { TargetKind, Target } from './targets/target.js';

export interface SuiteOptions extends RunOptions {
  /** Ids of the checks to run. @default - all */
  readonly only?: readonly string[];
  /** A skipped check fails the run. @default false */
  readonly strict?: boolean;
}

/** Runs the suite against a deployment and says what came out of it. */
export async function runSuite(
  manifest: Manifest,
  target: Target,
  options: SuiteOptions = {},
): Promise<Report> {
  const checks = selectChecks(options.only, target.kind);
  const startedAt = new Date();
  const results = await runChecks(checks, manifest, target, options);
  return {
    reportVersion: 1,
    name: manifest.name,
    pattern: manifest.pattern,
    target: target.name ?? target.kind,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    verdict: verdictOf(results, { strict: options.strict ?? false }),
    counts: counts(results),
    checks: checks.map(({ id, why }) => ({ id, why })),
    results,
    ...buildMatrix(manifest, results),
  };
}

/**
 * The checks of a selection, in the order of the suite; those that are named although they have no meaning on the
 * target say so themselves.
 *
 * @param kind leaves out the others that have no meaning there
 * @throws RangeError for an id that is none
 */
export function selectChecks(only?: readonly string[], kind?: TargetKind): Check[] {
  if (!only) return CHECKS.filter(({ targets }) => !kind || (targets?.includes(kind) ?? true));
  const known = new Set(CHECKS.map(({ id }) => id));
  const wrong = only.filter((id) => !known.has(id));
  if (wrong.length > 0) {
    throw new RangeError(`no check is called ${wrong.join(', ')}: known are ${[...known].join(', ')}`);
  }
  return CHECKS.filter(({ id }) => only.includes(id));
}
