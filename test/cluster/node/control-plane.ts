import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { freePorts, NETWORK } from './layout.js';
import type { Start } from './start.js';

/** Starts etcd, API server, controller manager and scheduler, and writes an administrator's kubeconfig. */
export async function startControlPlane(start: Start): Promise<void> {
  const { layout } = start;
  const [client, peer, controllers, scheduler] = (await freePorts(4)) as [number, number, number, number];
  const at = (name: string) => path.join(layout.pki, name);

  const etcd = start.component('etcd', [
    `--data-dir=${layout.etcd}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    // Nobody misses this cluster after a power cut.
    '--unsafe-no-fsync',
  ]);
  await start.until(etcd, () => ok(`http://127.0.0.1:${client}/health`));

  const token = randomBytes(24).toString('hex');
  writeFileSync(at('tokens.csv'), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  await start.run('openssl', ['genrsa', '-out', at('accounts.key'), '2048']);
  await start.run('openssl', ['rsa', '-in', at('accounts.key'), '-pubout', '-out', at('accounts.pub')]);

  const server = start.component('kube-apiserver', [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--bind-address=${NETWORK.node}`,
    `--secure-port=${NETWORK.apiServer}`,
    `--advertise-address=${NETWORK.node}`,
    `--cert-dir=${layout.pki}`,
    `--token-auth-file=${at('tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    '--allow-privileged=true',
    `--service-cluster-ip-range=${NETWORK.services}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${at('accounts.pub')}`,
    `--service-account-signing-key-file=${at('accounts.key')}`,
    '--kubelet-preferred-address-types=InternalIP',
  ]);
  const certificate = at('apiserver.crt');
  await start.until(server, async () => {
    const authority = readFileSync(certificate).toString('base64');
    writeFileSync(layout.kubeconfig, kubeconfig(token, authority), { mode: 0o600 });
    await start.kubectl('get', '--raw', '/readyz');
  });

  start.component('kube-controller-manager', [
    `--kubeconfig=${layout.kubeconfig}`,
    `--service-account-private-key-file=${at('accounts.key')}`,
    `--root-ca-file=${certificate}`,
    `--secure-port=${controllers}`,
    `--cert-dir=${at('controllers')}`,
    '--leader-elect=false',
  ]);
  start.component('kube-scheduler', [
    `--kubeconfig=${layout.kubeconfig}`,
    `--secure-port=${scheduler}`,
    `--cert-dir=${at('scheduler')}`,
    '--leader-elect=false',
  ]);
}

async function ok(url: string): Promise<void> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
}

function kubeconfig(token: string, authority: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: {
          server: `https://${NETWORK.node}:${NETWORK.apiServer}`,
          'certificate-authority-data': authority,
          // The certificate that the API server makes for itself names its service.
          'tls-server-name': 'kubernetes',
        },
      },
    ],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}
