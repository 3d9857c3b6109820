import { PersistentVolumeClaimV1 } from '@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

import { MANAGED_BY } from '../../topology/labels.js';

import { digits } from '../common/validation.js';

export interface StateVolumeProps {
  readonly namespace: string;
  readonly name: string;
  /** Size in GiB. It can only grow. @default 5 */
  readonly sizeGiB?: number;
  /** StorageClass. @default - the cluster's default class */
  readonly storageClass?: string;
  readonly accessMode: string;
  /** `retain` refuses to destroy or replace the volume. @default retain */
  readonly retention?: 'retain' | 'delete';
  /** @default - none */
  readonly labels?: Readonly<Record<string, string>>;
}

/** The claim that sessions lie on, which outlives every workload. */
export function stateVolume(
  scope: Construct,
  id: string,
  props: StateVolumeProps,
  after: readonly ITerraformDependable[],
): PersistentVolumeClaimV1 {
  const { namespace, name, labels } = props;
  return new PersistentVolumeClaimV1(scope, id, {
    metadata: { namespace, name, labels: { ...labels, ...MANAGED_BY } },
    // With WaitForFirstConsumer a claim is bound only once the pod is there: waiting for it would never end.
    waitUntilBound: false,
    spec: {
      accessModes: [props.accessMode],
      resources: { requests: { storage: `${digits(props.sizeGiB ?? 5)}Gi` } },
      ...(props.storageClass !== undefined && { storageClassName: props.storageClass }),
    },
    lifecycle: { preventDestroy: (props.retention ?? 'retain') === 'retain' },
    dependsOn: [...after],
  });
}
