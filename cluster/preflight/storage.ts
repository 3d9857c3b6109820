import type { V1StorageClass } from '@kubernetes/client-node';

import { Findings, some, type Finding } from '../../diagnosis/index.js';
import type { RuntimePlan } from '../../topology/index.js';
import { inTime } from '../api-error.js';

import { deployed, type PreflightCheck } from './context.js';

const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

/** Drivers whose volumes have one node: by their own documentation, and no API tells. */
const ONE_NODE: ReadonlySet<string> = new Set([
  'disk.csi.azure.com',
  'ebs.csi.aws.com',
  'kubernetes.io/aws-ebs',
  'kubernetes.io/azure-disk',
  'kubernetes.io/gce-pd',
  'pd.csi.storage.gke.io',
]);

/** Drivers whose volumes any number of nodes write. */
const MANY_NODES: ReadonlySet<string> = new Set([
  'cephfs.csi.ceph.com',
  'efs.csi.aws.com',
  'file.csi.azure.com',
  'filestore.csi.storage.gke.io',
  'nfs.csi.k8s.io',
  'openshift-storage.cephfs.csi.ceph.com',
]);

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
  const shared = runtimes.filter(({ sharedState }) => sharedState);
  const volumes = runtimes.length - shared.length + Math.min(shared.length, 1);
  if (found.provisioner === 'kubernetes.io/no-provisioner') {
    const mode = shared.length > 0 ? ', that of the pool ReadWriteMany' : '';
    findings.warning(
      `${called} makes no volumes by itself: ${volumes} PersistentVolumes must be there${mode}`,
    );
  } else if (shared.length > 0) findings.list.push(...judgeSharing(called, found.provisioner));
  return findings.list;
}

/** Whether a class can make the one volume of all replicas. */
function judgeSharing(called: string, provisioner: string): readonly Finding[] {
  const findings = new Findings('storage');
  if (ONE_NODE.has(provisioner)) {
    findings.problem(
      `${called} is of ${provisioner}, whose volumes are no ReadWriteMany, which pool.storage shared needs: set pool.class to one that is, such as of NFS or a file service`,
    );
  } else if (!MANY_NODES.has(provisioner)) {
    findings.warning(
      `whether the volumes of ${called} (${provisioner}) can be ReadWriteMany, which pool.storage shared needs, cannot be told: see its documentation`,
    );
  }
  return findings.list;
}
