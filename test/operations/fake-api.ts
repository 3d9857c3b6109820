import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { json } from 'node:stream/consumers';

import { afterTest, temporaryDirectory } from '../support/cleanup.js';

export const CLUSTER_UID = '11111111-2222-4333-8444-555555555555';

/** Whatever is printed, it must not be this. */
export const TOKEN = 'a-token-that-nobody-may-see';

/** A right that is asked for. */
export interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
}

export interface FakeApi {
  readonly kubeconfig: string;
  /** `GET /version`, in order. */
  readonly requests: readonly string[];
}

/** What a healthy, empty cluster answers, by path. */
const EMPTY: Readonly<Record<string, unknown>> = {
  '/version': { major: '1', minor: '34', gitVersion: 'v1.34.4' },
  '/api/v1/namespaces/kube-system': { metadata: { name: 'kube-system', uid: CLUSTER_UID } },
  '/apis/storage.k8s.io/v1/storageclasses': {
    items: [
      {
        metadata: {
          name: 'disks',
          annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
        },
        provisioner: 'disks.example.com',
        reclaimPolicy: 'Retain',
        volumeBindingMode: 'WaitForFirstConsumer',
      },
    ],
  },
};

/**
 * As much of an API server as a preflight asks: what is not there is a 404, as with the real one.
 *
 * @param objects answers by path, in addition to those of an empty cluster; a number is a status without an answer
 */
export function fakeApi(
  objects: Readonly<Record<string, unknown>> = {},
  allows: (asked: Asked) => boolean = () => true,
): Promise<FakeApi> {
  return serve(async (request, response) => {
    const [status, body] = await answer(request, { ...EMPTY, ...objects }, allows);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
}

async function answer(
  request: IncomingMessage,
  answers: Readonly<Record<string, unknown>>,
  allows: (asked: Asked) => boolean,
): Promise<[number, unknown]> {
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  if (pathname.endsWith('/selfsubjectaccessreviews')) {
    const { spec } = (await json(request)) as { spec: { resourceAttributes: Asked } };
    return [201, { spec, status: { allowed: allows(spec.resourceAttributes) } }];
  }
  const found = answers[pathname];
  if (typeof found === 'number')
    return [found, { kind: 'Status', code: found, message: `refused with ${found}` }];
  if (found !== undefined) return [200, found];
  // A list of a kind that there is nothing of.
  if (/\/(resourcequotas|deployments)$/.test(pathname)) return [200, { items: [] }];
  return [404, { kind: 'Status', code: 404, message: `${pathname} not found` }];
}

/** Any server, with a kubeconfig that names it. */
export async function serve(listener: (...args: Parameters<RequestListener>) => unknown): Promise<FakeApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    void listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    kubeconfig: kubeconfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
  };
}

/** Writes a kubeconfig for a server. */
export function kubeconfigFor(server: string): string {
  const file = path.join(temporaryDirectory(), 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'test', user: { token: TOKEN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  return file;
}
