import { CustomObjectsApi } from '@kubernetes/client-node';

import { Findings } from '../../diagnosis/index.js';
import { inTime, orMissing } from '../api-error.js';

import type { PreflightCheck } from './context.js';

/** API of the Prometheus operator. */
const OPERATOR = { group: 'monitoring.coreos.com', version: 'v1' } as const;

/** What the monitoring of the topology needs: Terraform cannot even plan an object whose kind the cluster does not know. */
export const checkMonitoring: PreflightCheck = async ({ cluster, settings: { monitoring } }) => {
  const findings = new Findings('monitoring');
  if (!monitoring) return findings.list;
  if (monitoring.podMonitor) {
    const custom = cluster.config.makeApiClient(CustomObjectsApi);
    const kinds = await orMissing(inTime(custom.getAPIResources(OPERATOR)));
    if (!kinds?.resources.some(({ kind }) => kind === 'PodMonitor')) {
      findings.problem(
        `the cluster knows no PodMonitor (${OPERATOR.group}/${OPERATOR.version}): install the Prometheus operator first, or use kubernetes.monitoring.annotations instead of podMonitor`,
      );
    }
  }
  const { namespace } = monitoring;
  if (!(await orMissing(inTime(cluster.core.readNamespace({ name: namespace }))))) {
    findings.warning(
      `there is no namespace ${namespace}, in which Prometheus is to run: correct kubernetes.monitoring.namespace, or nobody scrapes`,
    );
  }
  return findings.list;
};
