import { preflight, type PreflightReport } from '../../cluster/index.js';
import { planOf, type Overrides } from '../support/topology.js';

import { CLUSTER_UID } from './fake-api.js';

/** Settings of the topology, pinned to the fake cluster unless said otherwise. */
export function runPreflight(
  kubeconfig: string | undefined,
  overrides: Overrides = {},
  env: Record<string, string> = {},
): Promise<PreflightReport> {
  const { kubernetes = {}, runtime = {}, ...rest } = overrides as Record<string, object>;
  const plan = planOf({
    platform: 'kubernetes',
    runtime: { integrationId: 'test', image: 'x@sha256:1', ...runtime },
    kubernetes: { clusterUid: CLUSTER_UID, provider: kubeconfig ? { kubeconfig } : {}, ...kubernetes },
    ...rest,
  });
  return preflight(plan, plan.kubernetes!, { env });
}

/** What was found of one level. */
export const messages = ({ findings }: PreflightReport, level = 'problem') =>
  findings.filter((finding) => finding.level === level).map(({ message }) => message);
