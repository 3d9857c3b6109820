import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { runSuite, selectChecks, type Result, type SuiteOptions } from '../../smoke/index.js';
import { KubernetesTarget } from '../../smoke/targets/kubernetes/target.js';
import { parseManifest, type Manifest } from '../../topology/index.js';

import { Breaking } from './harness/breaking.js';
import { cli, deployerFor, type Deployer } from './harness/deployer.js';
import { clusterEnvironment, type Environment } from './harness/environment.js';
import { POLICIES_LABEL } from './node/layout.js';
import type { ClusterSabotage } from './sabotage.js';
import { CLUSTER_SABOTAGES } from './sabotages.js';

/** Both kinds of runtimes, and as few of them as there can be. */
const TOPOLOGY = {
  name: 'smk-sabotage',
  pattern: 'hybrid',
  runtime: { drainSeconds: 0 },
  storage: { sizeGiB: 1, accessMode: 'ReadWriteOnce', retention: 'delete' },
  pool: { replicas: 2 },
  tenants: {
    acme: {
      placement: 'dedicated',
      clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }],
    },
    docs: { placement: 'pool' },
  },
  kubernetes: {
    egress: [{ namespace: 'kube-system', podSelector: { 'k8s-app': 'kube-dns' }, port: 8181 }],
  },
};

/** Runs the whole suite for each sabotage, as when the matrix of docs/sabotage.md was seen; it takes ten minutes. */
const IN_FULL = process.env.SABOTAGE_IN_FULL === '1';
/** Otherwise those that look at the cluster itself, since all others are tried on local runtimes with each change. */
const OF_CLUSTER = selectChecks(undefined, 'kubernetes').flatMap(({ id, targets }) => (targets ? [id] : []));

const noticedBy = ({ caughtBy, also = [], whereIgnorable }: ClusterSabotage, ignorable: boolean) =>
  whereIgnorable && !ignorable ? [] : [caughtBy, ...also].sort();

describe('the smoke suite on a cluster', () => {
  let environment: Environment;
  let deployer: Deployer;
  let manifest: Manifest;
  let breaking: Breaking;
  /** The node of these tests enforces network policies but where it is told to ignore them, others everywhere. */
  let ignorable = false;

  const suite = async (proven: Manifest, options: SuiteOptions = {}): Promise<readonly Result[]> => {
    const target = new KubernetesTarget({ manifest: proven, cluster: environment.cluster });
    try {
      return (await runSuite(proven, target, options)).results;
    } finally {
      await target.close();
    }
  };

  beforeAll(async () => {
    environment = clusterEnvironment();
    deployer = await deployerFor(environment);
    await deployer.deploy(TOPOLOGY);
    await cli(['rollout', '--manifest', deployer.manifest()]);
    manifest = parseManifest(await readFile(deployer.manifest(), 'utf8'));
    const { items: nodes } = await environment.cluster.core.listNode();
    ignorable = nodes.every(({ metadata }) => metadata?.labels?.[POLICIES_LABEL.key] === POLICIES_LABEL.node);
    breaking = new Breaking(environment.cluster, manifest);
    await breaking.apply([]);
  }, 240_000);

  afterAll(() => deployer?.destroy(), 240_000);

  it('finds nothing where nothing is broken', async () => {
    const results = await suite(manifest);
    expect(results.filter(({ verdict }) => verdict === 'failed')).toEqual([]);
    expect(results.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(60);
  }, 240_000);

  it.each(CLUSTER_SABOTAGES)(
    'notices $id with its check, and with no others than said',
    async (sabotage) => {
      const { changes = [], manifest: changed, disruptive = false } = sabotage;
      const expected = noticedBy(sabotage, ignorable);
      try {
        await breaking.apply(changes);
        const results = await suite(changed?.(manifest) ?? manifest, {
          undisturbed: !disruptive,
          ...(!IN_FULL && { only: [...OF_CLUSTER, ...expected] }),
        });
        const failed = results.filter(({ verdict }) => verdict === 'failed');
        expect(failed.filter(({ check }) => !expected.includes(check))).toEqual([]);
        expect([...new Set(failed.map(({ check }) => check))].sort()).toEqual(expected);
      } finally {
        await breaking.restore();
      }
    },
    240_000,
  );
});
