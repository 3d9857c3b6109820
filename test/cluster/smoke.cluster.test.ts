import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Report } from '../../smoke/index.js';
import type { Check } from '../../smoke/model.js';
import { runChecks } from '../../smoke/runner.js';
import { KubernetesTarget } from '../../smoke/targets/kubernetes/target.js';
import { parseManifest, type Manifest, type SmokeJob } from '../../topology/index.js';
import { CliRun, runCli } from '../support/cli.js';

import { deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment, type Environment } from './harness/environment.js';
import { writeKubeconfig } from './harness/kubeconfig.js';

/** Where the pipeline that runs the suite from outside has its service account. */
const PIPELINE = { namespace: 'default', name: 'smk-pipeline' };

const TOPOLOGY = {
  name: 'smk-run',
  pattern: 'isolated',
  runtime: { drainSeconds: 0 },
  storage: { sizeGiB: 1, accessMode: 'ReadWriteOnce', retention: 'delete' },
  tenants: { acme: {}, globex: {} },
  kubernetes: {
    smokeIdentity: { users: [`system:serviceaccount:${PIPELINE.namespace}:${PIPELINE.name}`] },
  },
};

let environment: Environment;
let deployer: Deployer;
let manifest: Manifest;
/** Credentials with no rights but those of kubernetes.smokeIdentity. */
let pipelineKubeconfig: string;

beforeAll(async () => {
  environment = clusterEnvironment();
  const { core } = environment.cluster;
  deployer = await deployerFor(environment);
  await deployer.deploy(TOPOLOGY);
  manifest = parseManifest(await readFile(deployer.manifest(), 'utf8'));
  await core.createNamespacedServiceAccount({
    namespace: PIPELINE.namespace,
    body: { metadata: { name: PIPELINE.name } },
  });
  const { status } = await core.createNamespacedServiceAccountToken({
    ...PIPELINE,
    body: { spec: { audiences: [], expirationSeconds: 3600 } },
  });
  pipelineKubeconfig = await writeKubeconfig(
    environment,
    path.join(deployer.directory, 'pipeline.kubeconfig'),
    { token: status!.token },
  );
  const rollout = ['rollout', '--manifest', deployer.manifest(), '--kubeconfig', environment.kubeconfig];
  expect(await runCli(rollout, { cwd: process.cwd() })).toMatchObject({ code: 0 });
}, 240_000);

afterAll(async () => {
  await environment.cluster.core.deleteNamespacedServiceAccount(PIPELINE);
  await deployer.destroy();
}, 240_000);

const smoke = (...args: readonly string[]) => [
  'smoke',
  '--manifest',
  deployer.manifest(),
  '--kubeconfig',
  pipelineKubeconfig,
  ...args,
];
const reportIn = async (directory: string) =>
  JSON.parse(await readFile(path.join(directory, 'report.json'), 'utf8')) as Report;
const verdictsOnTheNetwork = async (directory: string) =>
  (await reportIn(directory)).results
    .filter(({ check }) => check.startsWith('network-'))
    .map(({ check, verdict }) => `${check} ${verdict}`)
    .sort();
const failed = ({ results }: Report) => results.filter(({ verdict }) => verdict === 'failed');

/** What of a run in the cluster is still there. */
async function leftBehind(): Promise<string[]> {
  const { batch, core } = environment.cluster;
  const namespace = manifest.smokeJob?.namespace ?? '';
  const lists = await Promise.all([
    batch.listNamespacedJob({ namespace }),
    core.listNamespacedPod({ namespace }),
    core.listNamespacedConfigMap({ namespace }),
  ]);
  return lists
    .flatMap(({ items }) => items.map(({ metadata }) => metadata?.name ?? ''))
    .filter((name) => name !== 'kube-root-ca.crt');
}

describe('the smoke suite from outside', () => {
  it('passes with the rights of kubernetes.smokeIdentity and no others', async () => {
    const report = path.join(deployer.directory, 'outside');
    const { code, stdout } = await runCli(smoke('--report', report), { cwd: process.cwd() });
    expect(failed(await reportIn(report))).toEqual([]);
    expect(code).toBe(0);
    expect(stdout).toContain('Passed');
  }, 240_000);

  it('says why where a pod was taken away in the middle, and goes on', async () => {
    const target = new KubernetesTarget({ manifest, cluster: environment.cluster });
    const cut: Check = {
      id: 'cut-off',
      why: 'The pod goes while a session is at work.',
      scope: 'runtime',
      maySkipOn: [],
      async run(bench, { from }) {
        const session = await bench.session(from);
        const { metadata } = await bench.cluster.pod(from);
        await environment.cluster.core.deleteNamespacedPod({
          name: metadata!.name!,
          namespace: metadata!.namespace!,
          gracePeriodSeconds: 0,
        });
        // Asked until the connection is gone: the pod takes a moment to end.
        for (;;) await bench.ask(session, { reply: 'still there' });
      },
    };
    try {
      const [result] = await runChecks([cut], { ...manifest, runtimes: only('tenant/globex') }, target);
      expect(result).toMatchObject({
        verdict: 'failed',
        seen: expect.stringMatching(/^pod \S+ of tenant\/globex was deleted while the check ran/),
      });
      await target.replace('tenant/globex').catch(() => undefined);
    } finally {
      await target.close();
    }
  }, 240_000);
});

const only = (runtime: string) => ({ [runtime]: manifest.runtimes[runtime]! });

describe('the smoke suite in the cluster', () => {
  it('brings back its report, twice at once, and leaves nothing behind', async () => {
    const reports = ['first', 'second'].map((name) => path.join(deployer.directory, name));
    const runs = await Promise.all(
      reports.map((report) =>
        runCli(smoke('--in-cluster', '--undisturbed', '--report', report), { cwd: process.cwd() }),
      ),
    );
    for (const report of reports) {
      expect(failed(await reportIn(report))).toEqual([]);
      expect(await verdictsOnTheNetwork(report)).toEqual([
        'network-apart passed',
        'network-apart passed',
        'network-egress passed',
        'network-egress passed',
      ]);
    }
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual([
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ]);
    expect(runs[0]!.stdout).toContain('checking');
    expect(await leftBehind()).toEqual([]);
  }, 240_000);

  it('leaves nothing behind when it is interrupted', async () => {
    const run = new CliRun(smoke('--in-cluster'), { cwd: process.cwd() });
    await run.said('checking');
    expect(await leftBehind()).not.toEqual([]);
    run.signal('SIGINT');
    expect(await run.ended).toMatchObject({ code: 1, stderr: 'interrupted by SIGINT\n' });
    expect(await leftBehind()).toEqual([]);
  }, 240_000);

  it.each<[string, Partial<SmokeJob>, RegExp]>([
    [
      'a namespace that is not there',
      { namespace: 'smk-not-there' },
      /^error cannot create the Job in smk-not-there \(.*\): deploy the topology with/,
    ],
    [
      'an image that cannot be pulled',
      { image: 'registry.invalid/not-there:1' },
      /^error Job smoke-\w+ does not start: pod \S+: container smoke waits: ImagePullBackOff/,
    ],
  ])('says why it does not start, with %s, and leaves nothing behind', async (_, change, says) => {
    const broken = { ...manifest, smokeJob: { ...manifest.smokeJob!, ...change } };
    const file = path.join(deployer.directory, 'broken.json');
    await writeFile(file, JSON.stringify(broken));
    const args = ['smoke', '--in-cluster', '--manifest', file, '--kubeconfig', environment.kubeconfig];
    const { code, stderr } = await runCli(args, { cwd: process.cwd() });
    expect(stderr).toMatch(says);
    expect(code).toBe(1);
    expect(await leftBehind()).toEqual([]);
  });
});
