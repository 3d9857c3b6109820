import pLimit from 'p-limit';
import pTimeout from 'p-timeout';

import type { Manifest } from '../topology/index.js';

import { CheckFailure } from './check-failure.js';
import type { Given } from './given.js';
import type { Check, Result, Scope, Subject } from './model.js';
import type { Party } from './party.js';
import { concernedWith } from './selection.js';
import { subjectsOf } from './subjects.js';
import { TargetError } from './targets/target-error.js';
import type { Target } from './targets/target.js';
import { Workbench } from './workbench.js';

export interface RunOptions extends Given {
  /** Waits for what takes long, and looks at all pairs of a large deployment. @default false */
  readonly exhaustive?: boolean;
  /** Leaves out the checks that disturb whoever works there. @default false */
  readonly undisturbed?: boolean;
  /** Only what these tenants do, and what is done to them: quick after one of them was added. @default - all */
  readonly tenants?: readonly string[];
  /** Runs of checks at the same time. @default 8 */
  readonly parallelism?: number;
  /** Longest time for one run of a check that does not say otherwise. @default 45_000 */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly result: Result;
}

interface Run {
  readonly check: Check;
  readonly scope: Scope;
  readonly subject: Subject;
}

/**
 * Runs checks against a deployment. A throw, a deadline and a skip where none is allowed become failed results; the
 * suite itself goes on.
 *
 * @returns results in the order of checks and subjects, whatever the order they came in
 */
export async function runChecks(
  checks: readonly Check[],
  manifest: Manifest,
  target: Target,
  options: RunOptions = {},
): Promise<Result[]> {
  const concerned = concernedWith(manifest, options.tenants);
  const runs = checks.flatMap((check) =>
    [check.scope].flat().flatMap((scope) =>
      subjectsOf(scope, manifest, options.exhaustive ?? false)
        .filter((subject) => concerned(subject) && (check.onlyWith?.(subject, options) ?? true))
        .map((subject) => ({ check, scope, subject })),
    ),
  );
  const results = new Map<Run, Result>();
  /** By the check that failed, of those that all else rests on. */
  const unreachable = new Map<Party, string>();
  const limit = pLimit(options.parallelism ?? 8);

  const perform = async (run: Run) => {
    if (options.signal?.aborted) return;
    const down = [run.subject.from, run.subject.to].find((id) => id !== undefined && unreachable.has(id));
    const result =
      down !== undefined && !run.check.evenUnreachable
        ? {
            ...head(run),
            verdict: 'skipped' as const,
            reason: `${unreachable.get(down)} failed for ${down}`,
            durationMs: 0,
          }
        : await runOne(run, manifest, target, { ...options, unreachable });
    if (run.check.foundation && result.verdict === 'failed') unreachable.set(run.subject.from, run.check.id);
    results.set(run, result);
    options.onProgress?.({ done: results.size, total: runs.length, result });
  };

  const runsOf = (one: Check) => runs.filter(({ check }) => check === one);
  const phases = [
    ...checks.filter(({ foundation }) => foundation).map(runsOf),
    runs.filter(({ check }) => !check.foundation && !check.disruptive),
    // What one of them ends, another may be working with.
    ...checks.filter(({ disruptive }) => disruptive).map(runsOf),
  ];
  for (const phase of phases) await Promise.all(phase.map((run) => limit(() => perform(run))));
  options.signal?.throwIfAborted();
  return runs.flatMap((run) => results.get(run) ?? []);
}

function head({ check, scope, subject }: Run) {
  return {
    check: check.id,
    scope,
    from: subject.from,
    ...(subject.to !== undefined && { to: subject.to }),
  };
}

async function runOne(
  run: Run,
  manifest: Manifest,
  target: Target,
  options: RunOptions & { readonly unreachable: ReadonlyMap<Party, string> },
): Promise<Result> {
  const { check, subject } = run;
  const begun = performance.now();
  const finish = (rest: Omit<Result, 'check' | 'scope' | 'from' | 'to' | 'durationMs'>): Result => ({
    ...head(run),
    ...rest,
    durationMs: Math.round(performance.now() - begun),
  });
  const skip = (reason: string) =>
    check.maySkipOn.includes(target.kind)
      ? finish({ verdict: 'skipped', reason })
      : finish({
          verdict: 'failed',
          expected: `the check to run on target ${target.kind}`,
          seen: `it was skipped: ${reason}`,
          advice: 'see that the deployment has what the check needs',
        });

  const bench = new Workbench(manifest, target, {
    exhaustive: options.exhaustive ?? false,
    unreachable: options.unreachable,
    ...(options.oldTokens && { oldTokens: options.oldTokens }),
  });
  try {
    if (check.targets && !check.targets.includes(target.kind)) {
      return finish({ verdict: 'skipped', reason: `it has a meaning on ${check.targets.join(', ')} only` });
    }
    const inapplicable = check.inapplicable?.(subject, manifest);
    if (inapplicable !== undefined) return finish({ verdict: 'skipped', reason: inapplicable });
    if (check.disruptive && options.undisturbed) {
      return finish({
        verdict: 'skipped',
        reason: 'it disturbs whoever works there, which was asked not to be done',
      });
    }
    const deadline = check.deadlineMs?.(subject, manifest) ?? options.deadlineMs ?? 45_000;
    const outcome = await pTimeout(check.run(bench, subject), {
      milliseconds: deadline,
      message: `no result within ${Math.round(deadline / 1000)} s`,
      ...(options.signal && { signal: options.signal }),
    });
    if (outcome === undefined) return finish({ verdict: 'passed' });
    if ('skipped' in outcome) return skip(outcome.skipped);
    return finish({ verdict: 'accepted', seen: outcome.accepted, acceptedBy: outcome.by });
  } catch (error) {
    return finish({ verdict: 'failed', ...(await findingOf(error, run, target)) });
  } finally {
    await bench.cleanUp();
  }
}

/** What to print of an error that a check threw. */
async function findingOf(
  error: unknown,
  { check, subject }: Run,
  target: Target,
): Promise<{ expected: string; seen: string; advice: string }> {
  if (error instanceof CheckFailure) return error.finding;
  const seen = error instanceof Error ? error.message : String(error);
  const lost = await whatBefell(target, subject);
  if (lost !== undefined) {
    return {
      expected: `${check.id} to come to an end`,
      seen: `${lost} (${seen})`,
      advice: 'see what ended it (events, memory, node), and run the suite again once it is back',
    };
  }
  return {
    expected: `${check.id} to come to an end`,
    seen,
    advice:
      error instanceof TargetError
        ? 'bring the deployment up first'
        : "see the runtime's log for what happened",
  };
}

async function whatBefell(target: Target, { from, to }: Subject): Promise<string | undefined> {
  for (const runtime of to === undefined ? [from] : [from, to]) {
    const found = await target.lost?.(runtime).catch(() => undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}
