import { mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(fileURLToPath(new URL('../../..', import.meta.url)));

/** The network of the cluster: a bridge of its own, whose first address is the node's. */
export const NETWORK = {
  bridge: 'copilot-kube0',
  node: '10.220.0.1',
  /** Of the API server: one of those that the policies of a gateway open. */
  apiServer: 6443,
  pods: '10.220.0.0/24',
  services: '10.96.0.0/16',
  dns: '10.96.0.10',
  /** Of nftables, with the rules of the network policies. */
  table: 'copilot-runtimes-test',
} as const;

/**
 * Label of the nodes whose network policies can be switched off for a namespace, and of the namespaces for which they are;
 * addons/networkpolicy knows it too.
 */
export const POLICIES_LABEL = {
  key: 'copilot-runtimes.test/network-policies',
  node: 'can-be-ignored',
  namespace: 'ignored',
} as const;

export const NODE_NAME = 'node1';

/** Where the cluster keeps its things. */
export function layoutOf(root: string) {
  const cache = path.join(root, '.cache/cluster');
  const run = path.join(cache, 'run');
  const at = (name: string) => path.join(run, name);
  return {
    root,
    cache,
    run,
    kubernetes: path.join(cache, 'kubernetes'),
    coredns: path.join(cache, 'coredns'),
    policies: path.join(cache, 'network-policies'),
    provisioner: path.join(cache, 'local-path-provisioner'),
    logs: at('logs'),
    pki: at('pki'),
    etcd: at('etcd'),
    containerd: at('containerd'),
    socket: at('containerd.sock'),
    cni: at('cni'),
    kubelet: at('kubelet'),
    volumes: at('volumes'),
    kubeconfig: at('kubeconfig'),
    images: path.join(cache, 'images'),
  } as const;
}
export type Layout = ReturnType<typeof layoutOf>;

/** @throws Error for a checkout so deep that the path of the container runtime's socket does not fit */
export function prepareLayout(layout: Layout): void {
  if (layout.socket.length > 100) {
    throw new Error(`${layout.socket} is too long for a socket: check the project out higher up`);
  }
  const { logs, pki, etcd, containerd, cni, kubelet, volumes } = layout;
  for (const folder of [logs, pki, etcd, containerd, cni, kubelet, volumes]) {
    mkdirSync(folder, { recursive: true });
  }
}

/** Ports of this machine that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => net.createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve((server.address() as net.AddressInfo).port));
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
