import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { NETWORK } from './layout.js';
import type { Start } from './start.js';
import { SANDBOX_IMAGE } from './worker.js';

/** StorageClass of the cluster; the default one. */
export const STORAGE_CLASS = 'local-path';

/** Gives the cluster DNS, volumes that honour fsGroup, and waits until a pod can use both. */
export async function installAddons(start: Start): Promise<void> {
  const { layout } = start;
  const file = path.join(layout.run, 'addons.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...dns(), ...storage()] }));
  await start.kubectl('apply', '--filename', file);

  const settings = path.join(layout.run, 'provisioner.json');
  writeFileSync(
    settings,
    JSON.stringify({ nodePathMap: [{ node: 'DEFAULT_PATH_FOR_NON_LISTED_NODES', paths: [layout.volumes] }] }),
  );
  start.daemon('local-path-provisioner', layout.provisioner, [
    'start',
    `--kubeconfig=${layout.kubeconfig}`,
    `--config=${settings}`,
    '--namespace=local-path-storage',
    '--configmap-name=local-path-config',
    `--helper-image=${SANDBOX_IMAGE}`,
  ]);
  await start.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  await start.kubectl('--namespace=kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=90s');
}

function dns(): object[] {
  const metadata = { name: 'coredns', namespace: 'kube-system' };
  const labels = { 'k8s-app': 'kube-dns' };
  const readable = ['endpoints', 'services', 'pods', 'namespaces'];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'coredns' },
      rules: [
        { apiGroups: [''], resources: readable, verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'coredns' },
      subjects: [{ kind: 'ServiceAccount', ...metadata }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: {
        // Nothing is forwarded: names of the internet do not exist, at once and not after a time-out.
        Corefile:
          // A block of its own: CoreDNS asks the template plugin before the one for the cluster.
          'cluster.local:53 {\n ready :8181\n errors\n kubernetes cluster.local\n}\n.:53 {\n errors\n template ANY ANY . {\n  rcode NXDOMAIN\n }\n}\n',
      },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...metadata, labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: 'coredns',
            dnsPolicy: 'Default',
            containers: [
              {
                name: 'coredns',
                image: SANDBOX_IMAGE,
                command: ['/usr/bin/coredns', '-conf', '/etc/coredns/Corefile'],
                readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
                volumeMounts: [{ name: 'config', mountPath: '/etc/coredns' }],
              },
            ],
            volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
          },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels },
      spec: {
        clusterIP: NETWORK.dns,
        selector: labels,
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
    },
  ];
}

function storage(): object[] {
  const namespace = 'local-path-storage';
  const script = (line: string) => `#!/bin/sh\nset -eu\n${line}\n`;
  const helper = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'helper-pod' },
    spec: { containers: [{ name: 'helper-pod', image: SANDBOX_IMAGE, imagePullPolicy: 'Never' }] },
  };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'local-path-provisioner-service-account', namespace },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'local-path-config', namespace },
      data: {
        setup: script('mkdir -m 0777 -p "$VOL_DIR"'),
        teardown: script('rm -rf "$VOL_DIR"'),
        'helperPod.yaml': JSON.stringify(helper),
      },
    },
    {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: {
        name: STORAGE_CLASS,
        annotations: {
          'storageclass.kubernetes.io/is-default-class': 'true',
          // Unlike hostPath, a local volume honours fsGroup.
          defaultVolumeType: 'local',
        },
      },
      provisioner: 'rancher.io/local-path',
      volumeBindingMode: 'WaitForFirstConsumer',
      reclaimPolicy: 'Delete',
    },
  ];
}
