import { CheckFailure } from '../check-failure.js';
import type { Outcome } from '../model.js';
import type { Workbench } from '../workbench.js';

/** What to say of connections that came about although the policies deny them. */
export function notEnforced(bench: Workbench, from: string, reached: readonly string[]): Outcome {
  if (reached.length === 0) return undefined;
  const seen = `the network policies of ${from} deny it and are not enforced: it reached ${reached.join(', ')}`;
  if (bench.manifest.accept.networkPolicyNotEnforced) {
    return { accepted: seen, by: 'smoke.accept.networkPolicyNotEnforced' };
  }
  throw new CheckFailure({
    expected: `the CNI to enforce the network policies of ${from}`,
    seen,
    advice:
      'use a CNI that enforces NetworkPolicy (Cilium, Calico, kube-router); if the connection token alone shall keep tenants apart, say so with smoke.accept.networkPolicyNotEnforced: true',
  });
}
