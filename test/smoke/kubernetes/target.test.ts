import { beforeEach, describe, expect, it } from '@jest/globals';

import { KubernetesTarget } from '../../../smoke/targets/kubernetes/target.js';
import { TargetError } from '../../../smoke/targets/target-error.js';

import { manifestOf } from '../../../topology/index.js';
import { gatewayLabels } from '../../../topology/labels.js';
import { planOf } from '../../support/topology.js';

import { ACME, deploy, GLOBEX, MANIFEST, namespaceOf, paths, slice, tokenOf } from './deployment.js';
import { startFakeApi, type FakeApi } from './fake-api.js';

let api: FakeApi;
let target: KubernetesTarget;

beforeEach(async () => {
  api = await startFakeApi();
  deploy(api);
  target = new KubernetesTarget({ manifest: MANIFEST, cluster: api.cluster });
});

const place = (runtime: string) => MANIFEST.runtimes[runtime]!.connectionToken;

describe('a target on Kubernetes', () => {
  it('gives each runtime a loopback port, always the same, until it is closed', async () => {
    const first = await target.address(ACME);
    expect(first).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await target.address(ACME)).toBe(first);
    expect(await target.address(GLOBEX)).not.toBe(first);
    await target.close();
    await expect(target.connect({ address: first, connectTimeoutMs: 2000 })).rejects.toThrow('ECONNREFUSED');
  });

  it('goes by Services and DNS inside of the cluster', async () => {
    const inside = new KubernetesTarget({ manifest: MANIFEST, cluster: api.cluster, inside: true });
    expect(await inside.address(ACME)).toBe(`runtime.${namespaceOf(ACME)}.svc:4321`);
  });

  it('reads tokens from Secrets', async () => {
    expect(await target.secret(place(ACME))).toBe(tokenOf(ACME));
  });

  it('has the stand-in on the runtime’s own loopback, and the planned home', async () => {
    expect(await target.standIn(ACME)).toBe('http://127.0.0.1:4390');
    expect(target.home(ACME)).toBe('/var/lib/copilot/home');
  });
});

describe('the gateway of a pool', () => {
  const manifest = manifestOf(
    planOf({
      name: 'fake',
      platform: 'kubernetes',
      pattern: 'shared',
      pool: { replicas: 1 },
      runtime: { integrationId: 'test', image: 'r:1' },
      tenants: { docs: {} },
    }),
  );
  const { namespace } = manifest.gateway!.endpoint as { namespace: string };
  const at = `/api/v1/namespaces/${namespace}`;

  function withPod(labels: Record<string, string>, ...others: string[]): KubernetesTarget {
    const pods = ['gateway-abc', ...others];
    for (const name of pods) api.objects.set(`${at}/pods/${name}`, { metadata: { name, namespace, labels } });
    api.objects.set(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/gateway-1`, {
      metadata: { name: 'gateway-1', namespace, labels: { 'kubernetes.io/service-name': 'gateway' } },
      endpoints: pods.map((name, n) => ({
        addresses: [`10.0.0.${n + 7}`],
        conditions: { ready: name !== 'gateway-starting' },
        targetRef: { kind: 'Pod', name, namespace },
      })),
    });
    return new KubernetesTarget({ manifest, cluster: api.cluster });
  }

  it('has a loopback port of its own, which leads to the pod behind its Service', async () => {
    const pool = withPod(gatewayLabels('gateway'));
    expect(await pool.gateway()).toMatch(/^127\.0\.0\.1:\d+$/);
    await pool.close();
  });

  it('is reached one by one where there are several, but for those that nobody is led to yet', async () => {
    const pool = withPod(gatewayLabels('gateway'), 'gateway-def', 'gateway-starting');
    const gateways = await pool.gateways();
    expect([...gateways.keys()]).toEqual(['gateway-abc', 'gateway-def']);
    expect(new Set(gateways.values()).size).toBe(2);
    // Asked again it opens nothing more.
    expect(await pool.gateways()).toEqual(gateways);
    await pool.close();
  });

  it('is not taken for one where the Service leads to another pod', async () => {
    const pool = withPod({ 'app.kubernetes.io/name': 'copilot-runtime' });
    await expect(pool.gateway()).rejects.toThrow(
      /leads to pod gateway-abc, which is no gateway: see its selector/,
    );
  });

  it('is missed where there is no pool', async () => {
    await expect(target.gateway()).rejects.toThrow('the manifest has no gateway');
  });
});

describe('what is missing is said', () => {
  it.each<[string, () => void, RegExp]>([
    [
      'no Service',
      () => api.objects.delete(paths(ACME).service) && api.objects.delete(paths(ACME).endpointSlice),
      /^cannot read Service runtime in fake-\S+ \(404 .*\): deploy the topology, and see that kubeconfig and context/,
    ],
    [
      'a pod that is not ready',
      () => {
        api.objects.set(paths(ACME).endpointSlice, slice(namespaceOf(ACME), '10.0.0.1', { ready: false }));
        const pod = api.objects.get(paths(ACME).pod)!;
        const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
        const status = { containerStatuses: [{ name: 'c', ready: false, state: { waiting } }] };
        api.objects.set(paths(ACME).pod, { ...pod, status });
      },
      /has no ready pod \(pod runtime-abc: container c waits: ImagePullBackOff \(no such image\)\): see the pod's events/,
    ],
    [
      'no pod at all',
      () => {
        api.objects.delete(paths(ACME).endpointSlice);
        api.objects.delete(paths(ACME).pod);
      },
      /has no pod \(app\.kubernetes\.io\/instance=runtime\): see that the Deployment is there/,
    ],
  ])('%s', async (_, prepare, message) => {
    prepare();
    const failing = target.address(ACME);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.toThrow(TargetError);
  });

  it('a token without a value', async () => {
    api.objects.set(paths(ACME).secret, { data: {} });
    await expect(target.secret(place(ACME))).rejects.toThrow('has no value for connection-token: deploy');
  });
});

describe('what befell a pod', () => {
  it('is nothing while it is there', async () => {
    await target.address(ACME);
    expect(await target.lost(ACME)).toBeUndefined();
    await target.close();
  });

  it.each<[string, () => void, string]>([
    ['deleted', () => api.objects.delete(paths(ACME).pod), 'pod runtime-abc of tenant/acme was deleted'],
    [
      'evicted',
      () => change({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }),
      'pod runtime-abc is Evicted: low on memory while the check ran',
    ],
    [
      'ended by the kernel',
      () => {
        const lastState = { terminated: { reason: 'OOMKilled', exitCode: 137 } };
        change({ containerStatuses: [{ name: 'c', ready: true, restartCount: 1, lastState }] });
      },
      'a container of pod runtime-abc of tenant/acme ended while the check ran: OOMKilled, exit code 137',
    ],
  ])('%s', async (_, happen, said) => {
    await target.address(ACME);
    happen();
    expect(await target.lost(ACME)).toContain(said);
    await target.close();
  });

  function change(status: object): void {
    const pod = api.objects.get(paths(ACME).pod)!;
    api.objects.set(paths(ACME).pod, { ...pod, status });
  }
});
