import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import pRetry from 'p-retry';

import { GATEWAY_PORTS } from '../../topology/gateway-contract.js';
import { HOST_PORTS } from '../../topology/index.js';
import { ANY_GATEWAY, ANY_RUNTIME } from '../../topology/labels.js';

import { startBystander, type Bystander } from './harness/bystander.js';
import { cli, deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { podBehind } from './harness/observed.js';
import { readManifest } from './harness/session.js';
import { reachedFrom, type Destination } from './harness/ways.js';

const environment = clusterEnvironment();
const RUNTIME_PORT = 4321;
const client = (namespace: string) => ({
  clients: [{ namespace, serviceAccount: 'default', podSelector: { app: 'backend' } }],
});

const TOPOLOGY = {
  name: 'net',
  pattern: 'hybrid',
  runtime: { drainSeconds: 0, port: RUNTIME_PORT },
  storage: { sizeGiB: 1, accessMode: 'ReadWriteOnce', retention: 'delete' },
  pool: { replicas: 2, gateway: { replicas: 1 } },
  tenants: {
    acme: { placement: 'dedicated', ...client('net-acme-app') },
    globex: { placement: 'dedicated' },
    docs: { placement: 'pool', ...client('net-docs-app') },
  },
  kubernetes: {
    egress: [{ namespace: 'net-tools', podSelector: { app: 'tools' }, port: 8080 }],
    monitoring: { namespace: 'net-monitoring', podSelector: { app: 'prometheus' } },
  },
};

/** Pods that are not of the deployment. */
const BYSTANDERS: Readonly<Record<string, Bystander>> = {
  'client of acme': { namespace: 'net-acme-app', labels: { app: 'backend' } },
  'beside that client': { namespace: 'net-acme-app', labels: { app: 'other' } },
  'client of docs': { namespace: 'net-docs-app', labels: { app: 'backend' } },
  prometheus: { namespace: 'net-monitoring', labels: { app: 'prometheus' } },
  'beside prometheus': { namespace: 'net-monitoring', labels: { app: 'other' } },
  'prometheus elsewhere': { namespace: 'net-docs-app', labels: { app: 'prometheus' } },
  tools: { namespace: 'net-tools', labels: { app: 'tools' }, ports: [8080, 8081] },
};
const NAMESPACES = [...new Set(Object.values(BYSTANDERS).map(({ namespace }) => namespace))];

/** What each of them reaches by TCP, as the topology says. Of `tools` and the API server only what is not a bystander. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'client of acme': [`acme ${RUNTIME_PORT}`],
  'beside that client': [],
  'client of docs': [`gateway ${GATEWAY_PORTS.listen}`],
  prometheus: ['acme', 'gateway', 'globex', 'pool/0', 'pool/1'].map((name) => `${name} ${HOST_PORTS.health}`),
  'beside prometheus': [],
  'prometheus elsewhere': [],
  tools: [],
  acme: ['tools 8080'],
  globex: ['tools 8080'],
  'pool/0': ['tools 8080'],
  'pool/1': ['tools 8080'],
  gateway: ['api server 443', `pool/0 ${RUNTIME_PORT}`, `pool/1 ${RUNTIME_PORT}`],
};

/** Policies that were just made or deleted take a moment. */
const eventually = (look: () => Promise<void>) =>
  pRetry(look, { retries: 15, factor: 1, minTimeout: 1000, maxTimeout: 1000 });

describe('what the network policies of a deployment let through', () => {
  let deployer: Deployer;
  /** By what they are. */
  let ours: Readonly<Record<string, V1Pod>>;
  let others: Readonly<Record<string, V1Pod>>;

  /** Everything that listens, for a pod to try: but for itself, and for what the policies of others are for. */
  const tried = (from: string): Record<string, Destination> => {
    const deployed = Object.entries(ours).flatMap(([name, { metadata, status }]) =>
      portsOf(metadata?.labels).map((port) => ({ name, host: status!.podIP!, port })),
    );
    const outside = [8080, 8081].map((port) => ({
      name: 'tools',
      host: others.tools!.status!.podIP!,
      port,
    }));
    const apiServer = { name: 'api server', host: 'kubernetes.default.svc', port: 443 };
    const all = from in ours ? [...deployed, ...outside, apiServer] : deployed;
    return Object.fromEntries(
      all.filter(({ name }) => name !== from).map(({ name, ...to }) => [`${name} ${to.port}`, to]),
    );
  };

  const reached = async (): Promise<Record<string, string[]>> => {
    const ways = Object.entries({ ...others, ...ours }).map(
      async ([from, pod]) => [from, await reachedFrom(environment, pod, tried(from))] as const,
    );
    return Object.fromEntries(await Promise.all(ways));
  };

  beforeAll(async () => {
    const { core } = environment.cluster;
    deployer = await deployerFor(environment);
    for (const name of NAMESPACES) await core.createNamespace({ body: { metadata: { name } } });
    const starting = Object.entries(BYSTANDERS).map(
      async ([name, bystander]) => [name, await startBystander(environment, bystander)] as const,
    );
    others = Object.fromEntries(await Promise.all(starting));
    await deployer.deploy(TOPOLOGY);
    await cli(['rollout', '--manifest', deployer.manifest()]);
    const { runtimes, gateway } = await readManifest(deployer.manifest());
    const deployed = Object.entries({ ...runtimes, gateway: gateway! }).map(
      async ([id, { endpoint }]) =>
        [id.replace(/^tenant\//, ''), (await podBehind(environment, endpoint))!] as const,
    );
    ours = Object.fromEntries(await Promise.all(deployed));
  }, 240_000);

  afterAll(async () => {
    for (const name of NAMESPACES) await environment.cluster.core.deleteNamespace({ name });
    await deployer.destroy();
  }, 240_000);

  it('is what the topology says, and nothing else', () =>
    eventually(async () => expect(await reached()).toEqual(ALLOWED)));

  it('is everything, once they are deleted', async () => {
    for (const namespace of new Set(Object.values(ours).map(({ metadata }) => metadata!.namespace!))) {
      await environment.cluster.networking.deleteCollectionNamespacedNetworkPolicy({ namespace });
    }
    const everything = Object.keys(ALLOWED).map((from) => [from, Object.keys(tried(from)).sort()]);
    await eventually(async () => expect(await reached()).toEqual(Object.fromEntries(everything)));
  });
});

/** The ports that a pod of the deployment listens on. */
function portsOf(labels: Readonly<Record<string, string>> = {}): readonly number[] {
  const is = (label: Readonly<Record<string, string>>) =>
    Object.entries(label).every(([key, value]) => labels[key] === value);
  if (is(ANY_RUNTIME)) return [RUNTIME_PORT, HOST_PORTS.health];
  if (is(ANY_GATEWAY)) return [GATEWAY_PORTS.listen, GATEWAY_PORTS.health];
  return [];
}
