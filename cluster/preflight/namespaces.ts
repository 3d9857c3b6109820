import type { V1Namespace } from '@kubernetes/client-node';

import { Findings, type Finding } from '../../diagnosis/index.js';
import type { RuntimePlan } from '../../topology/index.js';
import { MANAGED_BY, TENANT_LABEL } from '../../topology/labels.js';

import { byNamespace, type PreflightCheck } from './context.js';

const [[MANAGED_LABEL, MANAGER]] = Object.entries(MANAGED_BY) as [[string, string]];
const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** Are the namespaces there that should be, and are the others free or our own? */
export const checkNamespaces: PreflightCheck = async ({ plan, settings, namespaces }) =>
  [...byNamespace(plan.runtimes)].flatMap(([name, runtimes]) =>
    judgeNamespace(name, namespaces.get(name), runtimes, settings.existingNamespaces.includes(name)),
  );

/** @param foreign the topology says that somebody else owns it */
export function judgeNamespace(
  name: string,
  namespace: V1Namespace | null | undefined,
  runtimes: readonly RuntimePlan[],
  foreign: boolean,
): readonly Finding[] {
  const findings = new Findings('namespaces');
  if (namespace === null) {
    findings.warning(`namespace ${name} may not be looked at: allow "get" on it`);
    return findings.list;
  }
  if (!namespace) {
    if (foreign) {
      findings.problem(
        `namespace ${name} does not exist, but kubernetes.existingNamespaces has it: create it, or take it out there`,
      );
    }
    return findings.list;
  }
  const labels = namespace.metadata?.labels ?? {};
  if (namespace.status?.phase === 'Terminating') {
    findings.problem(
      `namespace ${name} is being deleted and nothing can be created in it: ${holds(namespace)}`,
    );
  }
  if (foreign) {
    const level = labels[ENFORCE];
    if (level !== 'restricted') {
      findings.warning(
        `namespace ${name} enforces Pod Security ${level === undefined ? 'nothing' : `"${level}"`}: runtimes run as restricted all the same, but only ${ENFORCE}: restricted refuses other pods beside them`,
      );
    }
    return findings.list;
  }
  const owner = labels[TENANT_LABEL];
  const tenants = runtimes.map(({ tenant }) => tenant);
  if (labels[MANAGED_LABEL] !== MANAGER) {
    findings.problem(
      `namespace ${name} exists and belongs to ${labels[MANAGED_LABEL] ?? 'somebody else'} (no label ${MANAGED_LABEL}: ${MANAGER}): delete or rename it, or put it under kubernetes.existingNamespaces`,
    );
  } else if (owner !== undefined && !tenants.includes(owner)) {
    findings.problem(
      `namespace ${name} belongs to tenant ${owner}, but is planned for ${tenants.join(', ') || 'the pool'}: another topology uses it, so rename one of the two`,
    );
  }
  return findings.list;
}

/** Conditions with which Kubernetes says what a deletion waits for. */
const WAITING = [
  'NamespaceFinalizersRemaining',
  'NamespaceContentRemaining',
  'NamespaceDeletionContentFailure',
  'NamespaceDeletionDiscoveryFailure',
];

function holds({ metadata, spec, status }: V1Namespace): string {
  const said = (status?.conditions ?? []).flatMap(({ type, status: truth, message }) =>
    WAITING.includes(type) && truth === 'True' && message !== undefined ? [message] : [],
  );
  const finalizers = [
    ...(metadata?.finalizers ?? []),
    ...(spec?.finalizers ?? []).filter((finalizer) => finalizer !== 'kubernetes'),
  ];
  const reasons = [
    ...said,
    ...(finalizers.length > 0 ? [`finalizers of its own: ${finalizers.join(', ')}`] : []),
  ];
  return reasons.length > 0
    ? `it waits for its finalizers (${reasons.join('; ')}): see to their owners, and deploy once it is gone`
    : 'wait until it is gone';
}
