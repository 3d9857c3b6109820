import type { V1StorageClass } from '@kubernetes/client-node';

import type { RuntimePlan } from '../../topology/index.js';
import { inTime } from '../api-error.js';

import { deployed, type PreflightCheck } from './context.js';
import { Findings, some } from './finding.js';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Is there a StorageClass, and does it treat state as the topology wants it? */
export const checkStorage: PreflightCheck = async (context) => {
  const runtimes = deployed(context);
  const { items } = await inTime(context.cluster.storage.listStorageClass());
  return [...new Set(runtimes.map(({ volume }) => volume.class))].flatMap((name) =>
    judgeClass(
      name,
      items,
      runtimes.filter(({ volume }) => volume.class === name),
    ),
  );
};

/** @param name null: the default class of the cluster */
export function judgeClass(
  name: string | null,
  classes: readonly V1StorageClass[],
  runtimes: readonly RuntimePlan[],
) {
  const findings = new Findings('storage');
  const known = some(classes.map(({ metadata }) => metadata?.name ?? '')) || 'none';
  const found = classes.find(({ metadata }) =>
    name === null ? metadata?.annotations?.[DEFAULT_CLASS] === 'true' : metadata?.name === name,
  );
  if (!found) {
    findings.problem(
      name === null
        ? `the cluster has no default StorageClass: set storage.class (known are ${known})`
        : `there is no StorageClass ${name} (known are ${known}): create it, or correct storage.class`,
    );
    return findings.list;
  }
  const called = `StorageClass ${found.metadata?.name}`;
  if (runtimes.some(({ volume }) => volume.retention === 'retain') && found.reclaimPolicy !== 'Retain') {
    findings.warning(
      `${called} has reclaimPolicy ${found.reclaimPolicy ?? 'Delete'} while storage.retention is retain: a claim that is deleted takes the state along, so use a class with Retain`,
    );
  }
  if (found.volumeBindingMode !== 'WaitForFirstConsumer') {
    findings.warning(
      `${called} binds volumes at once, before the pod has a node: where zones differ the pod may fit nowhere, so use WaitForFirstConsumer`,
    );
  }
  if (found.provisioner === 'kubernetes.io/no-provisioner') {
    findings.warning(
      `${called} makes no volumes by itself: ${runtimes.length} PersistentVolumes must be there`,
    );
  }
  return findings.list;
}
