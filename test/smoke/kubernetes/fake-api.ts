import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';

import { KubeConfig } from '@kubernetes/client-node';

import { connectCluster, type Cluster } from '../../../cluster/connection.js';
import { afterTest, temporaryDirectory } from '../../support/cleanup.js';

export type Fields = Readonly<Record<string, unknown>>;

/** What the API server answers: objects by path, and who may do what. */
export interface FakeApi {
  readonly cluster: Cluster;
  /** Objects by their path; a list is the path without a name. */
  readonly objects: Map<string, Fields>;
  /** Paths that are forbidden. */
  readonly forbidden: Set<string>;
  /** Accesses that a review allows: `acme-app:backend get ns/secret`, `… list ns/`. */
  readonly allowed: Set<string>;
  /** Every request, as `METHOD path`. */
  readonly requests: string[];
  /** What is no JSON, by path: logs. */
  readonly texts: Map<string, string>;
  /** Called with each object that somebody creates. */
  onCreate?: (path: string, object: Fields) => void;
  /** Called with each request, before it is answered. */
  onRequest?: (request: string) => void;
}

/** A real HTTP server that speaks as much of the Kubernetes API as the suite asks for. */
export async function startFakeApi(): Promise<FakeApi> {
  const state: Omit<FakeApi, 'cluster'> = {
    objects: new Map(),
    forbidden: new Set(),
    allowed: new Set(),
    requests: [],
    texts: new Map(),
  };
  const server = createServer((request, response) => void answer(request, response, state));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    {
      name: 'fake',
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      skipTLSVerify: true,
    },
    { name: 'somebody' },
  );
  const kubeconfig = path.join(temporaryDirectory(), 'kubeconfig');
  writeFileSync(kubeconfig, config.exportConfig());
  return Object.assign(state, { cluster: connectCluster({ kubeconfig }) });
}

type State = Omit<FakeApi, 'cluster'>;

async function answer(request: IncomingMessage, response: ServerResponse, state: State): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
  const line = `${request.method} ${pathname}`;
  state.requests.push(line);
  state.onRequest?.(line);
  const body = await text(request);
  const said = state.texts.get(pathname);
  if (said !== undefined) {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(said);
    return;
  }
  const [status, value] = answerTo(
    request.method ?? '',
    pathname,
    searchParams.get('labelSelector'),
    body,
    state,
  );
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

function answerTo(
  method: string,
  pathname: string,
  labels: string | null,
  body: string,
  { objects, forbidden, allowed, onCreate }: State,
): [status: number, value: unknown] {
  if (forbidden.has(pathname)) return failure(403, `${pathname} is forbidden`);
  if (pathname.endsWith('/localsubjectaccessreviews')) {
    const { spec } = JSON.parse(body) as {
      spec: { user: string; resourceAttributes: Record<string, string> };
    };
    const { namespace, verb, name = '' } = spec.resourceAttributes;
    const who = spec.user.replace('system:serviceaccount:', '');
    return [201, { status: { allowed: allowed.has(`${who} ${verb} ${namespace}/${name}`) } }];
  }
  if (method === 'POST') {
    const object = JSON.parse(body) as Fields & { metadata: Record<string, unknown> };
    const made = {
      ...object,
      metadata: { ...object.metadata, uid: 'made-here', creationTimestamp: new Date() },
    };
    objects.set(`${pathname}/${String(object.metadata.name)}`, made);
    onCreate?.(pathname, made);
    return [201, made];
  }
  if (method === 'DELETE') {
    return objects.delete(pathname) ? [200, { status: 'Success' }] : failure(404, `${pathname} not found`);
  }
  const found = objects.get(pathname);
  if (found) return [200, found];
  const items = [...objects].filter(
    ([key]) => key.startsWith(`${pathname}/`) && !key.slice(pathname.length + 1).includes('/'),
  );
  const isList =
    /\/(pods|persistentvolumeclaims|configmaps|events|deployments|endpointslices|networkpolicies|jobs)$/.test(
      pathname,
    );
  return isList
    ? [200, { items: items.map(([, item]) => item).filter((item) => matches(item, labels)) }]
    : failure(404, `${pathname} not found`);
}

function matches(item: Fields, selector: string | null): boolean {
  const { labels = {} } = (item.metadata ?? {}) as { labels?: Record<string, string> };
  return (selector ?? '')
    .split(',')
    .filter(Boolean)
    .every((pair) => {
      const [key = '', value] = pair.split('=');
      return labels[key] === value;
    });
}

const failure = (code: number, message: string): [number, unknown] => [
  code,
  { kind: 'Status', status: 'Failure', code, message },
];
