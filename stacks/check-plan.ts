import { InputError, type Plan, type RuntimePlan, type Topology } from '../topology/index.js';
import { SHARED_STATE } from '../topology/names.js';

import { describeState, guardOf, type GuardedState } from './guarded-state.js';
import { CELL, topologyOf } from './owner-labels.js';
import { ownersOf, POOL, type Owners } from './state-owner.js';
import type { ResourceChange, TerraformPlan } from './terraform-plan.js';

export interface PlanCheck {
  /** What must not be applied, a line each. */
  readonly refusals: readonly string[];
  /** What goes since the topology's `purge` says so. */
  readonly purges: readonly string[];
  /** What has been lost outside of Terraform already. */
  readonly warnings: readonly string[];
}

/**
 * Holds a Terraform plan against what may be deleted: nothing that keeps state, but what stands under `purge`. What
 * cannot be told to be somebody's is not deleted either.
 *
 * @throws {InputError} when the plan is one of another topology
 */
export function checkPlan(
  { changes, drift }: TerraformPlan,
  { topology, plan }: { readonly topology: Topology; readonly plan: Plan },
  source: string,
): PlanCheck {
  const owners = ownersOf(topology, plan);
  refuseStranger(changes, owners, topology.name, source);
  const states = changes.flatMap((change) => guardOf(change) ?? []);
  const check = new Check(topology, plan, owners, states);
  const verdicts = states.flatMap((state) => check.verdict(state) ?? []);
  const lines = (kind: Verdict['kind']) =>
    verdicts.filter((verdict) => verdict.kind === kind).map(({ line }) => line);
  return {
    refusals: lines('refused'),
    purges: lines('purged'),
    warnings: drift
      .flatMap((change) => guardOf(change) ?? [])
      .filter(({ change }) => change.change.actions.includes('delete'))
      .map(
        (state) =>
          `${who(owners.of(state))}: ${describeState(state)} was deleted outside of Terraform, with what it held: what the plan creates instead is empty`,
      ),
  };
}

interface Verdict {
  readonly kind: 'refused' | 'purged';
  readonly line: string;
}

class Check {
  constructor(
    private readonly topology: Topology,
    private readonly plan: Plan,
    private readonly owners: Owners,
    private readonly states: readonly GuardedState[],
  ) {}

  /** @returns undefined for what does no harm */
  verdict(state: GuardedState): Verdict | undefined {
    const { actions } = state.change.change;
    const refused = (text: string): Verdict => ({
      kind: 'refused',
      line: `${who(this.owners.of(state))}: ${describeState(state)} ${text}`,
    });
    if (actions.includes('delete') || actions.includes('forget')) return this.removal(state, refused);
    if (actions.some((action) => !HARMLESS.includes(action))) {
      return refused(`has the unknown action ${actions.join(', ')}: update copilot-runtimes`);
    }
    return this.update(state, refused);
  }

  private removal(state: GuardedState, refused: (text: string) => Verdict): Verdict {
    const { change } = state;
    const forgotten = !change.change.actions.includes('delete');
    const what = forgotten
      ? 'would be forgotten by Terraform, so that nothing guards its data any more'
      : change.change.actions.includes('create')
        ? 'would be replaced, which deletes its data'
        : 'would be deleted with its data';
    const reason = change.action_reason === undefined ? '' : ` (${change.action_reason})`;
    const { owner, doubt } = this.owners.of(state);
    if (doubt !== undefined) {
      return refused(`${what}${reason}, and ${doubt}: find out whose data it holds, then remove it by hand`);
    }
    const wrong = this.wrongToPurge(state, owner);
    if (wrong !== undefined) return refused(`${what}${reason}: ${wrong}`);
    return {
      kind: 'purged',
      line: `${who({ owner })}: ${describeState(state)} ${forgotten ? 'is left behind, out of the sight of Terraform' : 'is deleted'}`,
    };
  }

  /** Why a thing may not go with its owner's purge; undefined when it may. */
  private wrongToPurge(state: GuardedState, owner: string): string | undefined {
    const { purge } = this.topology;
    const purged = (item: string) => {
      if (item.startsWith(CELL)) return !this.plan.runtimes.some(({ cell }) => CELL + cell === item);
      return item === POOL ? purge.some((entry) => entry.startsWith('pool/')) : purge.includes(item);
    };
    if (!purged(owner)) return shrinks(state) ?? this.advice(state.change, owner);
    if (state.holds === undefined) return undefined;
    // A namespace or an account takes along whatever lies in it.
    const living = this.plan.runtimes.filter(
      ({ namespace }) => state.holds?.kind === 'namespace' && namespace === state.holds.name,
    );
    if (living.length > 0) return `${living.map(({ id }) => id).join(', ')} lives in it`;
    const inside = this.states.filter(
      ({ within }) => within?.kind === state.holds?.kind && within?.name === state.holds?.name,
    );
    const kept = inside.filter((content) => {
      const found = this.owners.of(content);
      return found.doubt !== undefined || !purged(found.owner);
    });
    if (kept.length === 0) return undefined;
    return `it holds ${kept.map(({ change }) => change.address).join(', ')}, whose owner is not under purge`;
  }

  /** What to do instead of deleting what is not purged. */
  private advice({ address, action_reason: reason, change }: ResourceChange, owner: string): string {
    const paths = (change.replace_paths ?? []).map((keys) => keys.join('.')).join(', ');
    const byReason: Readonly<Record<string, string>> = {
      replace_because_tainted: `look at it, and if it is sound run "terraform untaint '${address}'"`,
      replace_because_cannot_update: `set back what forces it (${paths || 'see the plan'})`,
      replace_by_request: 'plan without -replace',
      replace_by_triggers: 'take its replace_triggered_by away',
    };
    return byReason[reason ?? ''] ?? this.adviceFor(owner);
  }

  private adviceFor(owner: string): string {
    if (owner === POOL) return 'a pool has to be purged replica by replica: put each under purge';
    if (owner.startsWith(CELL))
      return 'runtimes of the topology are in it: plan again from its current stacks';
    if (this.plan.runtimes.some((planned) => holds(planned, owner))) {
      return 'the topology still has it, so plan again from its current stacks, and not with -destroy';
    }
    if (this.topology.tenants[owner]) {
      return 'its lock does not know its volume any more: restore the lock from version control';
    }
    if (owner === SHARED_STATE) {
      return `set pool.storage back to shared, or put ${owner} under purge`;
    }
    return owner.startsWith('pool/')
      ? `raise pool.replicas to have it back, or put ${owner} under purge`
      : `bring ${owner} back under tenants (state: retired keeps its data), or put ${owner} under purge`;
  }

  private update(state: GuardedState, refused: (text: string) => Verdict): Verdict | undefined {
    const { owner } = state;
    if (owner.before !== undefined && owner.after !== undefined && owner.before !== owner.after) {
      return refused(
        `would go from ${owner.before} to ${owner.after}, with what it holds: give ${owner.after} one of its own`,
      );
    }
    const smaller = shrinks(state);
    return smaller === undefined ? undefined : refused(`would be smaller: ${smaller}`);
  }
}

/** Whether what an owner has is still part of the plan. */
function holds({ id, tenant, sharedState }: RuntimePlan, owner: string): boolean {
  return id === owner || tenant === owner || (sharedState === true && owner === SHARED_STATE);
}

/** Says so when a volume gets smaller, or when that cannot be told. */
function shrinks({ size: { before, after } }: GuardedState): string | undefined {
  if (before === undefined || after === undefined || before.text === after.text) return undefined;
  if (before.bytes !== undefined && after.bytes !== undefined && after.bytes >= before.bytes)
    return undefined;
  return `a volume cannot shrink from ${before.text} to ${after.text}, use ${before.text} or more`;
}

/** Actions that leave what is there where it is. */
const HARMLESS: readonly string[] = ['no-op', 'create', 'read', 'update'];

function who({ owner, doubt }: { readonly owner: string; readonly doubt?: string }): string {
  if (doubt !== undefined) return 'unknown owner';
  if (owner === POOL) return 'the pool';
  if (owner === SHARED_STATE) return 'the replicas of the pool';
  if (owner.startsWith(CELL)) return owner.replace('/', ' ');
  return owner.startsWith('pool/') ? `replica ${owner}` : `tenant ${owner}`;
}

/** A plan that is all of somebody else's would pass or fail for the wrong reasons. */
function refuseStranger(
  changes: readonly ResourceChange[],
  owners: Owners,
  name: string,
  source: string,
): void {
  const namespaces = [...new Set(changes.flatMap((change) => owners.namespacesOf(change)))].sort();
  const topologies = [...new Set(changes.flatMap((change) => topologyOf(change) ?? []))].sort();
  const strangers = [
    ...namespaces.filter((namespace) => !owners.knows(namespace)),
    ...topologies.filter((topology) => topology !== name),
  ];
  if (strangers.length === 0 || strangers.length < namespaces.length + topologies.length) return;
  const whose =
    namespaces.length > 0
      ? `none of its namespaces (${list(namespaces)}) is one of "${name}"`
      : `its resources are tagged as of ${list(topologies)}`;
  throw new InputError(source, [
    {
      path: [],
      message: `is of another topology, for ${whose}: name the topology that it was planned from`,
    },
  ]);
}

const list = (names: readonly string[]) => `${names.slice(0, 3).join(', ')}${names.length > 3 ? ', …' : ''}`;
