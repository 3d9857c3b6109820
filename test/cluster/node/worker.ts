import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { freePorts, NETWORK, NODE_NAME, POLICIES_LABEL, type Layout } from './layout.js';
import type { Start } from './start.js';

/** Image of the sandboxes: it only has to sleep. */
export const SANDBOX_IMAGE = 'localhost/copilot-runtimes-test/addons:1';

/** Makes the bridge that the node's address stands on. */
export async function prepareNetwork(start: Start): Promise<void> {
  await start.run('ip', ['link', 'add', NETWORK.bridge, 'type', 'bridge']);
  await start.run('ip', ['address', 'add', `${NETWORK.node}/24`, 'dev', NETWORK.bridge]);
  await start.run('ip', ['link', 'set', NETWORK.bridge, 'up']);
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
  // Pods talk across the bridge: without this the rules of the node never see it.
  writeFileSync(`/sys/class/net/${NETWORK.bridge}/bridge/nf_call_iptables`, '1');
}

/** Starts containerd and waits until it answers. */
export async function startContainerd(start: Start): Promise<void> {
  const { layout } = start;
  writeFileSync(path.join(layout.run, 'containerd.toml'), containerdConfig(layout));
  writeFileSync(path.join(layout.cni, '10-bridge.conflist'), JSON.stringify(BRIDGE));
  const containerd = start.daemon('containerd', 'containerd', [
    '--config',
    path.join(layout.run, 'containerd.toml'),
  ]);
  await start.until(containerd, () =>
    start.run('ctr', ['--address', layout.socket, 'version'], { timeoutMs: 5000 }),
  );
}

/** Starts kubelet, kube-proxy, and what enforces network policies. */
export async function startNodeAgents(start: Start): Promise<void> {
  const { layout } = start;
  const [kubelet, health, metrics, proxyHealth] = (await freePorts(4)) as [number, number, number, number];
  const config = path.join(layout.run, 'kubelet.json');
  writeFileSync(path.join(layout.run, 'resolv.conf'), 'search .\n');
  writeFileSync(config, JSON.stringify(kubeletConfig(layout, kubelet, health)));
  start.component('kubelet', [
    `--config=${config}`,
    `--kubeconfig=${layout.kubeconfig}`,
    `--root-dir=${layout.kubelet}`,
    `--cert-dir=${path.join(layout.pki, 'kubelet')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NETWORK.node}`,
    `--node-labels=${POLICIES_LABEL.key}=${POLICIES_LABEL.node}`,
  ]);
  start.component('kube-proxy', [
    `--kubeconfig=${layout.kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    '--proxy-mode=nftables',
    // Pods share a bridge, so that the answer of a Service would come back past the node, and from another address.
    '--masquerade-all=true',
    '--conntrack-max-per-core=0',
    `--metrics-bind-address=127.0.0.1:${metrics}`,
    `--healthz-bind-address=127.0.0.1:${proxyHealth}`,
  ]);
  start.daemon('network-policies', layout.policies, [
    `--kubeconfig=${layout.kubeconfig}`,
    `--table=${NETWORK.table}`,
  ]);
}

const BRIDGE = {
  cniVersion: '0.4.0',
  name: 'copilot-runtimes-test',
  plugins: [
    {
      type: 'bridge',
      bridge: NETWORK.bridge,
      isGateway: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        ranges: [[{ subnet: NETWORK.pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
  ],
};

function containerdConfig(layout: Layout): string {
  const q = JSON.stringify;
  return `version = 2
root = ${q(path.join(layout.containerd, 'root'))}
state = ${q(path.join(layout.containerd, 'state'))}
[grpc]
  address = ${q(layout.socket)}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${q(SANDBOX_IMAGE)}
  # Without CAP_SYS_RESOURCE no sandbox starts otherwise.
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = ${q(layout.cni)}
`;
}

function kubeletConfig(layout: Layout, port: number, healthzPort: number) {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: NETWORK.node,
    port,
    healthzPort,
    containerRuntimeEndpoint: `unix://${layout.socket}`,
    podLogsDir: path.join(layout.run, 'pod-logs'),
    volumePluginDir: path.join(layout.run, 'volume-plugins'),
    resolvConf: path.join(layout.run, 'resolv.conf'),
    clusterDNS: [NETWORK.dns],
    clusterDomain: 'cluster.local',
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    cgroupDriver: 'cgroupfs',
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // The disk of a developer's machine is fuller than that of a node, and images cannot be pulled again.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    imageGCHighThresholdPercent: 99,
    imageGCLowThresholdPercent: 98,
    imageMinimumGCAge: '24h',
  };
}
