import type { V1ConfigMap, V1Job } from '@kubernetes/client-node';

import { CONTAINER, IMAGE } from '../../topology/index.js';
import type { SmokeJob } from '../../topology/index.js';
import { SMOKE_POD_LABELS } from '../../topology/kubernetes.js';

/** A Job and its manifest: everything that a run in the cluster creates. */
export interface JobInput extends SmokeJob {
  /** Of Job and ConfigMap; no other run has it. */
  readonly name: string;
  readonly manifestText: string;
  /** Options of the suite, as the command line has them. */
  readonly args: readonly string[];
}

/** A run that takes longer has lost whoever waits for it. */
export const LONGEST_RUN_SECONDS = 3 * 3600;
/** How long the cluster keeps a Job that nobody has removed. */
export const KEPT_SECONDS = 300;

const MOUNT = '/etc/copilot-runtimes';
const FILE = 'manifest.json';
const PROGRAM = ['node', IMAGE.cli];

/** The Job obeys Pod Security `restricted`, like the runtimes that it looks at. */
export function jobObject({ name, namespace, serviceAccount, image, args }: JobInput): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels: { ...SMOKE_POD_LABELS } },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: LONGEST_RUN_SECONDS,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: {
        metadata: { labels: { ...SMOKE_POD_LABELS } },
        spec: {
          restartPolicy: 'Never',
          serviceAccountName: serviceAccount,
          automountServiceAccountToken: true,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: CONTAINER.uid,
            runAsGroup: CONTAINER.uid,
            fsGroup: CONTAINER.uid,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'smoke',
              image,
              imagePullPolicy: 'IfNotPresent',
              command: [...PROGRAM, 'smoke', '--manifest', `${MOUNT}/${FILE}`, '--events', ...args],
              env: [{ name: 'HOME', value: '/tmp' }],
              resources: {
                requests: { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '64Mi' },
                limits: { cpu: '2', memory: '512Mi', 'ephemeral-storage': '256Mi' },
              },
              securityContext: {
                runAsNonRoot: true,
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [
                { name: 'manifest', mountPath: MOUNT, readOnly: true },
                { name: 'tmp', mountPath: '/tmp' },
              ],
            },
          ],
          volumes: [
            { name: 'manifest', configMap: { name } },
            { name: 'tmp', emptyDir: { sizeLimit: '128Mi' } },
          ],
        },
      },
    },
  };
}

/** Owned by the Job, so that it goes with it, whoever removes that. */
export function manifestConfigMap({ name, namespace, manifestText }: JobInput, job: V1Job): V1ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      labels: { ...SMOKE_POD_LABELS },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid: job.metadata?.uid ?? '' }],
    },
    data: { [FILE]: manifestText },
  };
}
