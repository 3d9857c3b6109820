import { CONTAINER } from '../../topology/host-contract.js';

/** User and group of the image. A string, as the provider wants it. */
export const RUNTIME_UID = String(CONTAINER.uid);

/**
 * Security settings of every pod of ours. They stand on the pod and on each container: the provider fills what a
 * container leaves out with `false`, which overrides the pod.
 */
export const POD_SECURITY_CONTEXT = {
  runAsNonRoot: true,
  runAsUser: RUNTIME_UID,
  runAsGroup: RUNTIME_UID,
  fsGroup: RUNTIME_UID,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** Security settings of every container of ours. */
export const CONTAINER_SECURITY_CONTEXT = {
  runAsNonRoot: true,
  runAsUser: RUNTIME_UID,
  runAsGroup: RUNTIME_UID,
  privileged: false,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Where pods may run, and what they are pulled with. */
export interface PodPlacement {
  /** RuntimeClass, such as gvisor. @default - the cluster's */
  readonly runtimeClassName?: string;
  /** @default - the cluster's */
  readonly priorityClassName?: string;
  /** @default - any node */
  readonly nodeSelector?: Readonly<Record<string, string>>;
  /** @default - none */
  readonly tolerations?: readonly {
    readonly key?: string;
    readonly operator?: string;
    readonly value?: string;
    readonly effect?: string;
  }[];
  /** Names of Secrets. @default - none */
  readonly imagePullSecrets?: readonly string[];
}

/** The placement as it stands in a pod's spec. */
export function placement(props: PodPlacement, spreadAcross?: Readonly<Record<string, string>>) {
  return {
    ...(props.runtimeClassName !== undefined && { runtimeClassName: props.runtimeClassName }),
    ...(props.priorityClassName !== undefined && { priorityClassName: props.priorityClassName }),
    ...(props.nodeSelector && { nodeSelector: { ...props.nodeSelector } }),
    ...(props.tolerations && { toleration: [...props.tolerations] }),
    ...(props.imagePullSecrets && { imagePullSecrets: props.imagePullSecrets.map((name) => ({ name })) }),
    ...(spreadAcross && {
      topologySpreadConstraint: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: [{ matchLabels: { ...spreadAcross } }],
        },
      ],
    }),
  };
}
