/** Words of the smoke suite: what a check is, what comes out of it, and what a report holds. */
import type { Manifest } from '../topology/index.js';

import type { Given } from './given.js';
import type { Party } from './party.js';
import type { TargetKind } from './targets/target.js';
import type { Workbench } from './workbench.js';

/**
 * - `passed`: what was expected was seen
 * - `failed`: it was not, or the check could not come to an end
 * - `skipped`: the check does not apply here, for a reason that is said
 * - `accepted`: it was not, and the topology says that this is known
 */
export type Verdict = 'passed' | 'failed' | 'skipped' | 'accepted';

/** What one run of a check is about. */
export interface Subject {
  readonly from: Party;
  /** The other side of a pair. */
  readonly to?: Party;
}

/**
 * What a check is run for. Tenants of the pool come through the gateway.
 * - `runtime`: each active runtime
 * - `pair`: each ordered pair of them
 * - `tenant`: each tenant of the pool
 * - `pool`: each ordered pair of tenants of the pool
 * - `mixed`: each tenant of the pool with each dedicated runtime, both ways
 * - `gateway`: the gateway once, with a tenant of the pool and, if there is one, another
 * - `cloud`: each tenant whose heavy work goes to cloud sessions
 */
export type Scope = 'runtime' | 'pair' | 'tenant' | 'pool' | 'mixed' | 'gateway' | 'cloud';

/** What a check says when it did not fail; nothing means passed. A failure is thrown as {@link CheckFailure}. */
export type Outcome =
  | undefined
  | { readonly skipped: string }
  /** `by`: the key of the topology that accepts what was seen. */
  | { readonly accepted: string; readonly by: string };

export interface Check {
  /** Stable; the name of its file. */
  readonly id: string;
  /** One sentence that a platform engineer understands. */
  readonly why: string;
  readonly scope: Scope | readonly Scope[];
  /** All else about a party rests on it, and is skipped where it fails. @default false */
  readonly foundation?: boolean;
  /**
   * Disturbs whoever works there, e.g. by a restart: such checks run last, one after the other, and can be left out.
   *
   * @default false
   */
  readonly disruptive?: boolean;
  /** Targets on which the check has a meaning; elsewhere it is left out. @default - all */
  readonly targets?: readonly TargetKind[];
  /** Also runs for whom the suite cannot reach: it asks the platform's API alone, say. @default false */
  readonly evenUnreachable?: boolean;
  /** Targets on which this check may say `skipped`; elsewhere that is a failure. */
  readonly maySkipOn: readonly TargetKind[];
  /** The reason why the check has no meaning for a subject; undefined: it applies. */
  readonly inapplicable?: (subject: Subject, manifest: Manifest) => string | undefined;
  /** Whether what is given with a run is enough to look at a subject; without it there is no result. @default - it is */
  readonly onlyWith?: (subject: Subject, given: Given) => boolean;
  /** Longest time for one run, in milliseconds. @default - as the runner says */
  readonly deadlineMs?: (subject: Subject, manifest: Manifest) => number;
  readonly run: (bench: Workbench, subject: Subject) => Promise<Outcome>;
}

/** One check on one subject. Flat, so that reporters are pure functions. */
export interface Result {
  readonly check: string;
  readonly scope: Scope;
  readonly from: string;
  readonly to?: string;
  readonly verdict: Verdict;
  /** Failed: what was expected, what was seen, what to do. */
  readonly expected?: string;
  readonly seen?: string;
  readonly advice?: string;
  /** Skipped: why. */
  readonly reason?: string;
  /** Accepted: the key of the topology. */
  readonly acceptedBy?: string;
  readonly durationMs: number;
}

/** Cell of the tenant × tenant matrix: the worst verdict of all results in which `from` acts against `to`. */
export interface MatrixCell {
  readonly from: string;
  readonly to: string;
  readonly verdict: Verdict | 'untested';
  /** Ids of the checks behind it. */
  readonly checks: readonly string[];
}

export interface Report {
  readonly reportVersion: 1;
  readonly name: string;
  readonly pattern: Manifest['pattern'];
  /** Kind of the target, and whether stand-ins take its place: `azure (stand-in)`. */
  readonly target: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** `passed` unless a result failed (or, with --strict, was skipped). */
  readonly verdict: 'passed' | 'failed';
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Checks that were asked for, in the order of the suite. */
  readonly checks: readonly { readonly id: string; readonly why: string }[];
  readonly results: readonly Result[];
  /** Tenants in the order of rows and columns. */
  readonly tenants: readonly { readonly id: string; readonly route: string }[];
  readonly matrix: readonly MatrixCell[];
}
