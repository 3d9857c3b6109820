import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { PatchStrategy, KubernetesObjectApi } from '@kubernetes/client-node';

import { physicalName } from '../../topology/index.js';
import { waitFor } from '../support/wait.js';

import type { TopologyInput } from './harness/deployer.js';
import { clusterEnvironment } from './harness/environment.js';
import { inRuntimePod } from './harness/exec.js';
import { ManifestDeployer } from './harness/manifest-deployer.js';

const TENANTS = ['acme', 'globex', 'initech', 'umbrella'] as const;
const namespaceOf = (tenant: string, topology = 'ops') =>
  physicalName('kubernetes', [topology, 'tenant', tenant]);

const environment = clusterEnvironment();
let deployer: ManifestDeployer;

/** A deployment of four small tenants. @param changed what is different of each */
function topology(changed: Readonly<Record<string, object>> = {}): TopologyInput {
  return {
    name: 'ops',
    pattern: 'isolated',
    runtime: { drainSeconds: 0, resources: { cpu: '50m', memoryMiB: 256 } },
    storage: { sizeGiB: 1, retention: 'delete' },
    tenants: Object.fromEntries(TENANTS.map((tenant) => [tenant, { ...changed[tenant] }])),
  };
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

function run(...args: string[]): Promise<Run> {
  const start = performance.now();
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist/cli/main.js', ...args], (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error ? 1 : 0;
      resolve({ code, stdout, stderr, seconds: (performance.now() - start) / 1000 });
    });
  });
}

const rollout = (of = deployer, ...more: string[]) =>
  run('rollout', '--kubeconfig', environment.kubeconfig, '--manifest', of.manifest(), ...more);
const status = (...more: string[]) =>
  run('status', '--kubeconfig', environment.kubeconfig, '--manifest', deployer.manifest(), ...more);

/** Changes a Deployment behind the deployment's back, or as an override in somebody's pipeline would. */
async function patch(tenant: string, at: string, value: unknown): Promise<void> {
  await environment.cluster.config.makeApiClient(KubernetesObjectApi).patch(
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { namespace: namespaceOf(tenant), name: 'runtime' },
      ...nested(at.split('.'), value),
    } as object as { apiVersion: string; kind: string },
    undefined,
    undefined,
    'somebody',
    undefined,
    PatchStrategy.StrategicMergePatch,
  );
}

const nested = (keys: readonly string[], value: unknown): object =>
  keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
const container = (fields: object) => [{ name: 'copilot-runtime', ...fields }];

async function claims(): Promise<(string | undefined)[]> {
  const found = await Promise.all(
    TENANTS.map((tenant) =>
      environment.cluster.core.listNamespacedPersistentVolumeClaim({ namespace: namespaceOf(tenant) }),
    ),
  );
  return found.map(({ items }) => items[0]?.metadata?.uid);
}

/** A quota that the platform team has set beside the tenant's own. */
const TIGHT = 'tight';

const directory = () => mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-cluster-'));

beforeAll(async () => {
  deployer = new ManifestDeployer(await directory(), environment);
});
afterAll(() => deployer.destroy());

describe('after a deploy', () => {
  let before: (string | undefined)[];

  it('the rollout ends well as soon as every runtime is ready', async () => {
    await deployer.deploy(topology());
    const { code, stdout } = await rollout();
    expect(stdout).toMatch(/ops: 4 runtimes as planned/);
    expect(code).toBe(0);
    // What is there now is ours: the next deploy may come.
    expect(await run('preflight', path.join(deployer.directory, 'topology.yaml'))).toMatchObject({ code: 0 });
    before = await claims();
    for (const tenant of TENANTS)
      await inRuntimePod(environment, namespaceOf(tenant), `echo ${tenant} > /var/lib/copilot/home/kept`);
  });

  it('a runtime that hangs is seen at once, before Kubernetes has noticed, and holds up nobody', async () => {
    const all = '/proc/[0-9]*/comm';
    const hang = (signal: string) =>
      inRuntimePod(
        environment,
        namespaceOf('acme'),
        `pid=$(grep -lx copilot-runtime ${all} | cut -d/ -f3) && kill -${signal} $pid`,
      );
    await hang('STOP');
    const { code, stdout, seconds } = await status('--explain');
    await hang('CONT');
    expect(stdout).toMatch(/tenant\/acme +acme +no .* not-ready/);
    expect(stdout).toMatch(
      /it runs but is not ready: the runtime did not write a file within 5 s \[not-ready\]/,
    );
    expect(stdout).toMatch(/tenant\/globex +globex +yes +[\d.]+ .* 0 of 0 +\d+ MiB /);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(15);
    expect(await rollout()).toMatchObject({ code: 0 });
  });

  it('image, quota, missing Secret and Pod Security are told in one rollout, well before its time is over', async () => {
    await deployer.deploy(
      topology({
        initech: { auth: { githubToken: { existingSecret: { name: 'nowhere' } } } },
      }),
    );
    await patch(
      'acme',
      'spec.template.spec.containers',
      container({ image: 'localhost/copilot-runtimes:none' }),
    );
    await patch(
      'umbrella',
      'spec.template.spec.containers',
      container({ securityContext: { allowPrivilegeEscalation: true } }),
    );
    const { core } = environment.cluster;
    await core.createNamespacedResourceQuota({
      namespace: namespaceOf('globex'),
      body: { metadata: { name: TIGHT }, spec: { hard: { 'requests.cpu': '10m' } } },
    });
    // Until its controller has counted, it refuses nothing.
    await waitFor('the quota to count', async () => {
      const { status: counted } = await core.readNamespacedResourceQuota({
        namespace: namespaceOf('globex'),
        name: TIGHT,
      });
      return counted?.hard?.['requests.cpu'];
    });
    // A quota is for pods that come, not for the one that is there.
    await core.deleteCollectionNamespacedPod({ namespace: namespaceOf('globex') });
    const { code, stdout, stderr, seconds } = await rollout();
    expect(stdout).toMatch(
      /failed tenant\/acme\n {2}the image localhost\/copilot-runtimes:none cannot be pulled: .+\[image\]/,
    );
    expect(stdout).toMatch(
      /failed tenant\/globex\n .*exceeded quota: tight, requested: requests\.cpu=50m.*\[quota\]/,
    );
    expect(stdout).toMatch(/failed tenant\/initech\n .*secret "nowhere" not found \[configuration\]/);
    expect(stdout).toMatch(/failed tenant\/umbrella\n .*violates PodSecurity "restricted:.*\[pod-security\]/);
    expect(stderr).toMatch(/4 of 4 runtimes not as planned/);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(100);
  });

  it('status explains the same without waiting', async () => {
    const { code, stdout, seconds } = await status('--json');
    const rows = JSON.parse(stdout) as { runtime: string; ok: boolean; reasons: { code: string }[] }[];
    expect(rows.map(({ runtime, ok, reasons }) => [runtime, ok, reasons[0]?.code])).toEqual([
      ['tenant/acme', false, 'image'],
      ['tenant/globex', false, 'quota'],
      ['tenant/initech', false, 'configuration'],
      ['tenant/umbrella', false, 'pod-security'],
    ]);
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(20);
  });

  it('the next good deploy repairs all of it, and no state is lost', async () => {
    const { core } = environment.cluster;
    await core.deleteNamespacedResourceQuota({ namespace: namespaceOf('globex'), name: TIGHT });
    await deployer.deploy(topology());
    const { code, stdout } = await rollout();
    expect(stdout).toMatch(/ops: 4 runtimes as planned/);
    expect(code).toBe(0);
    expect(await claims()).toEqual(before);
    for (const tenant of TENANTS)
      expect(await inRuntimePod(environment, namespaceOf(tenant), 'cat /var/lib/copilot/home/kept')).toBe(
        `${tenant}\n`,
      );
  });

  it('a crash is told in the words of the host, and a home that became unwritable by its readiness', async () => {
    await inRuntimePod(environment, namespaceOf('acme'), 'chmod -R a-w /var/lib/copilot/home/session-state');
    await environment.cluster.core.deleteCollectionNamespacedPod({ namespace: namespaceOf('acme') });
    await deployer.deploy(topology({ initech: { state: 'suspended' }, umbrella: { state: 'retired' } }));
    await patch(
      'globex',
      'spec.template.spec.containers',
      container({ env: [{ name: 'COPILOT_RUNTIMES_BINARY', value: '/nowhere' }] }),
    );
    const { code, stdout, seconds } = await rollout();
    expect(stdout).toMatch(
      /failed tenant\/acme\n .*not ready: the home \S+ cannot be written: EACCES: .*\[not-ready\]/,
    );
    expect(stdout).toMatch(
      /failed tenant\/globex\n .*exit code 2, \d+ restarts so far: .*\/nowhere.*\[crash\]/,
    );
    expect(stdout).toMatch(
      /ok tenant\/initech[^]*ok tenant\/umbrella|ok tenant\/umbrella[^]*ok tenant\/initech/,
    );
    expect(code).toBe(1);
    expect(seconds).toBeLessThan(150);
  });

  it('what is repaired comes back, with all that was suspended and retired', async () => {
    await inRuntimePod(environment, namespaceOf('acme'), 'chmod -R u+w /var/lib/copilot/home/session-state');
    await deployer.deploy(topology());
    expect(await rollout()).toMatchObject({ code: 0 });
    expect(await claims()).toEqual(before);
    const { stdout } = await status();
    expect(stdout).toMatch(/tenant\/umbrella +umbrella +yes +[\d.]+ .* 0 of 0 +\d+ MiB +\S+ \S+ of \S+ \S+ /);
    expect(await inRuntimePod(environment, namespaceOf('umbrella'), 'cat /var/lib/copilot/home/kept')).toBe(
      'umbrella\n',
    );
  });
});

describe('a volume that nobody provides', () => {
  it('is told with the class that is missing, and comes once the class is there', async () => {
    const storageClassName = 'ops-missing';
    const other = new ManifestDeployer(await directory(), environment);
    try {
      await other.deploy({
        ...topology(),
        name: 'opsvol',
        tenants: { acme: {} },
        storage: { sizeGiB: 1, retention: 'delete', class: storageClassName },
      });
      const { code, stdout, seconds } = await rollout(other);
      expect(stdout).toMatch(
        /failed tenant\/acme\n .*StorageClass ops-missing\): storageclass.* "ops-missing" not found \[volume\]/,
      );
      expect(code).toBe(1);
      expect(seconds).toBeLessThan(100);

      const { items } = await environment.cluster.storage.listStorageClass();
      const usable = items.find(({ volumeBindingMode }) => volumeBindingMode === 'WaitForFirstConsumer')!;
      const { provisioner, volumeBindingMode, reclaimPolicy, parameters } = usable;
      await environment.cluster.storage.createStorageClass({
        body: {
          metadata: { name: storageClassName },
          provisioner,
          volumeBindingMode,
          reclaimPolicy,
          ...(parameters && { parameters }),
        },
      });
      expect(await rollout(other)).toMatchObject({ code: 0 });
    } finally {
      await other.destroy();
      await environment.cluster.storage.deleteStorageClass({ name: storageClassName }).catch(() => undefined);
    }
  });
});
