import { explain as explainByDefault } from './explain.js';
import type { Observation } from './observation.js';
import { Patience } from './patience.js';
import type { Reason } from './reason.js';

export interface RolloutOptions {
  /** Seconds after which it ends whatever is still missing. @default 180 */
  readonly timeoutSeconds?: number;
  /** Ends it early. */
  readonly signal?: AbortSignal;
  /** Told of each runtime when it is known what came of it. */
  readonly onSettled?: (outcome: RolloutOutcome) => void;
}

/** What came of one runtime; it succeeded where there is no reason. */
export interface RolloutOutcome {
  readonly runtime: string;
  readonly observation: Observation;
  readonly reasons: readonly Reason[];
  /** Waiting any longer would have been in vain. */
  readonly hopeless: boolean;
}

/** How a platform is looked at. */
export interface RolloutView<S extends { readonly runtime: string }> {
  readonly subjects: readonly S[];
  look(open: readonly S[]): Promise<readonly Observation[]>;
  /** Settles when another look is worth it, at the latest after `timeoutMs`. @throws the reason of the signal */
  changed(open: readonly S[], timeoutMs: number, signal?: AbortSignal): Promise<void>;
  /** @default - the reasons of pods */
  readonly explain?: (observation: Observation) => Reason[];
}

/**
 * Waits until every runtime is as its manifest wants it: the newest version ready, or stopped. Ends as soon as each is
 * there or has a reason that does not pass by itself.
 */
export async function awaitAsWanted<S extends { readonly runtime: string }>(
  view: RolloutView<S>,
  { timeoutSeconds = 180, signal, onSettled = () => undefined }: RolloutOptions = {},
): Promise<RolloutOutcome[]> {
  const { subjects, explain = explainByDefault } = view;
  const deadline = performance.now() + timeoutSeconds * 1000;
  const patience = new Patience();
  const settled = new Map<string, RolloutOutcome>();
  let open = subjects;
  for (;;) {
    const found = await view.look(open);
    const late = performance.now() >= deadline;
    for (const observation of found) {
      const { runtime } = observation;
      const reasons = explain(observation);
      const hopeless = patience.isOver(runtime, reasons, performance.now());
      if (!late && reasons.length > 0 && !hopeless) continue;
      const outcome = { runtime, observation, reasons, hopeless };
      settled.set(runtime, outcome);
      onSettled(outcome);
    }
    open = open.filter(({ runtime }) => !settled.has(runtime));
    if (open.length === 0) return subjects.map(({ runtime }) => settled.get(runtime)!);
    await view.changed(open, Math.max(0, deadline - performance.now()), signal);
  }
}
