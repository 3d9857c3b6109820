import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from '@kubernetes/client-node';

import { cli, deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { namespaceOf } from './harness/observed.js';
import { PodMonitorDefinition } from './harness/operator-crd.js';
import { readManifest } from './harness/session.js';

const environment = clusterEnvironment();
const api = environment.cluster.config.makeApiClient(CustomObjectsApi);

const topology = (intervalSeconds: number) => ({
  name: 'podmon',
  pattern: 'isolated',
  runtime: { drainSeconds: 0 },
  storage: { sizeGiB: 1, retention: 'delete' },
  tenants: { acme: {} },
  kubernetes: {
    monitoring: {
      namespace: 'monitoring',
      podMonitor: { labels: { release: 'prometheus' }, intervalSeconds },
    },
  },
});

interface PodMonitor {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: Readonly<Record<string, unknown>>;
}

describe('a PodMonitor', () => {
  let definition: PodMonitorDefinition | undefined;
  let deployer: Deployer;
  let place: { group: string; version: string; namespace: string; plural: string; name: string };

  const live = () => api.getNamespacedCustomObject(place) as Promise<PodMonitor>;

  /** Applies it to the server side, without effect, with its endpoints changed. */
  const apply = async (change: (endpoint: object) => object) => {
    const { spec } = await live();
    const body = {
      apiVersion: `${place.group}/${place.version}`,
      kind: 'PodMonitor',
      metadata: { name: place.name },
      spec: { ...spec, podMetricsEndpoints: (spec.podMetricsEndpoints as object[]).map(change) },
    };
    return api.patchNamespacedCustomObject(
      {
        ...place,
        body,
        dryRun: 'All',
        fieldManager: 'pod-monitor-test',
        fieldValidation: 'Strict',
        force: true,
      },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
  };

  beforeAll(async () => {
    definition = await PodMonitorDefinition.install(environment);
    deployer = await deployerFor(environment);
    await deployer.deploy(topology(15));
    const namespace = namespaceOf(await readManifest(deployer.manifest()), 'tenant/acme');
    place = {
      group: 'monitoring.coreos.com',
      version: 'v1',
      namespace,
      plural: 'podmonitors',
      name: 'copilot-runtimes',
    };
  }, 240_000);

  afterAll(async () => {
    await deployer?.destroy();
    await definition?.remove();
  }, 240_000);

  it('is what the Prometheus operator’s own definition takes', async () => {
    const { metadata, spec } = await live();
    expect(metadata.labels).toMatchObject({ release: 'prometheus' });
    expect(spec).toEqual({
      selector: {
        matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: ['copilot-runtime'] }],
      },
      podMetricsEndpoints: [{ port: 'health', path: '/metrics', interval: '15s' }],
    });
  });

  it('stands the strict validation of the API server', () =>
    expect(apply((endpoint) => endpoint)).resolves.toMatchObject({ kind: 'PodMonitor' }));

  it.each([
    ['a field is misspelt', { intervall: '15s' }, /intervall/],
    ['a time has no unit', { interval: '15' }, /podMetricsEndpoints\[0\]\.interval/],
  ])('would be refused if %s', (_, change, refused) =>
    expect(apply((endpoint) => ({ ...endpoint, ...change }))).rejects.toThrow(refused),
  );

  it('stays as it is with the next deploy, and follows the topology', async () => {
    await cli(['rollout', '--manifest', deployer.manifest()]);
    expect(await deployer.deploy(topology(15))).toBe(false);
    expect(await deployer.deploy(topology(20))).toBe(true);
    expect(await live()).toHaveProperty('spec.podMetricsEndpoints.0.interval', '20s');
  });
});
