import type { Manifest, RuntimeId } from '../../../topology/index.js';
import { manifestOf } from '../../../topology/index.js';
import { planOf } from '../../support/topology.js';

import type { FakeApi, Fields } from './fake-api.js';

export const ACME: RuntimeId = 'tenant/acme';
export const GLOBEX: RuntimeId = 'tenant/globex';

/** Two dedicated tenants, one of them with a client. */
export const MANIFEST: Manifest = manifestOf(
  planOf({
    name: 'fake',
    platform: 'kubernetes',
    runtime: { integrationId: 'test', image: 'r:1' },
    tenants: { acme: { clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }] }, globex: {} },
    kubernetes: { smokeIdentity: {} },
  }),
);

export function namespaceOf(runtime: RuntimeId): string {
  const { endpoint } = MANIFEST.runtimes[runtime]!;
  if (endpoint.kind !== 'service') throw new Error('no Service');
  return endpoint.namespace;
}

export const tokenOf = (runtime: RuntimeId) => `token-of-${runtime}-0123456789abcdef`;

/** Paths of the objects of a runtime. */
export function paths(runtime: RuntimeId) {
  const namespace = namespaceOf(runtime);
  const core = `/api/v1/namespaces/${namespace}`;
  return {
    namespace: core,
    service: `${core}/services/runtime`,
    secret: `${core}/secrets/runtime-connection-token`,
    pod: `${core}/pods/runtime-abc`,
    configMap: `${core}/configmaps/copilot-runtimes`,
    endpointSlice: `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/runtime-1`,
    policy: (name: string) => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/${name}`,
  };
}

/** Puts a healthy deployment of {@link MANIFEST} into an API server. */
export function deploy({ objects, allowed }: FakeApi): void {
  for (const [at, runtime] of [ACME, GLOBEX].entries()) {
    const namespace = namespaceOf(runtime);
    const where = paths(runtime);
    const labels = {
      'copilot-runtimes/runtime': runtime.replace('/', '.'),
      'app.kubernetes.io/instance': 'runtime',
    };
    const address = `10.0.0.${at + 1}`;
    objects.set(where.namespace, {
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    objects.set(where.service, {
      metadata: { name: 'runtime', namespace },
      spec: { type: 'ClusterIP', selector: { 'app.kubernetes.io/instance': 'runtime' } },
    });
    objects.set(where.secret, {
      data: { 'connection-token': Buffer.from(tokenOf(runtime)).toString('base64') },
    });
    objects.set(where.pod, {
      metadata: { name: 'runtime-abc', namespace, uid: `uid-${at}`, labels },
      spec: { containers: [] },
      status: { phase: 'Running', podIP: address, conditions: [{ type: 'Ready', status: 'True' }] },
    });
    objects.set(where.configMap, { metadata: { name: 'copilot-runtimes', namespace }, data: {} });
    objects.set(where.endpointSlice, slice(namespace, address));
  }
  allowed.add(`acme-app:backend get ${namespaceOf(ACME)}/runtime-connection-token`);
}

/** Where a Service leads, as Kubernetes writes it. */
export function slice(namespace: string, address: string, conditions: Fields = { ready: true }): Fields {
  return {
    metadata: { name: 'runtime-1', namespace, labels: { 'kubernetes.io/service-name': 'runtime' } },
    endpoints: [
      { addresses: [address], conditions, targetRef: { kind: 'Pod', name: 'runtime-abc', namespace } },
    ],
  };
}
