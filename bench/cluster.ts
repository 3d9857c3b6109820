/* eslint-disable no-console -- a program for the terminal */
import { performance } from 'node:perf_hooks';

import { deployerFor, cli } from '../test/cluster/harness/deployer.js';
import { clusterEnvironment } from '../test/cluster/harness/environment.js';
import { inRuntimePod } from '../test/cluster/harness/exec.js';
import { namespaceOf } from '../test/cluster/harness/observed.js';
import { leaveSession, readManifest } from '../test/cluster/harness/session.js';

/**
 * One more tenant among many on a cluster: from the start of the deploy to applied, to ready, to proven apart from the
 * others; and the memory that the cluster charges a runtime's pod, idle and after a session.
 *
 * Usage: npm run bench:cluster -- [tenants that are there already, e.g. 20]
 */
const existing = Number(process.argv[2] ?? '20');
const environment = clusterEnvironment();
const deployer = await deployerFor(environment);

const topology = (count: number) => ({
  name: 'bench',
  pattern: 'isolated',
  runtime: { resources: { cpu: '10m', memoryMiB: 192 } },
  storage: { sizeGiB: 1, retention: 'delete' },
  smoke: { accept: { networkPolicyNotEnforced: true } },
  tenants: Object.fromEntries(Array.from({ length: count }, (_, n) => [`t${n}`, {}])),
});
const seconds = (from: number) => ((performance.now() - from) / 1000).toFixed(1);
const rollout = () => cli(['rollout', '--manifest', deployer.manifest()]);

try {
  await deployer.deploy(topology(existing));
  await rollout();

  const newcomer = `t${existing}`;
  const begun = performance.now();
  await deployer.deploy(topology(existing + 1));
  const applied = seconds(begun);
  await rollout();
  const ready = seconds(begun);
  const idle = await charged(newcomer);
  await cli(['smoke', '--manifest', deployer.manifest(), '--tenant', newcomer, '--undisturbed']);
  const proven = seconds(begun);
  await leaveSession(environment, deployer.manifest(), `tenant/t0`, 'bench');
  const used = await charged('t0');

  console.log(`deployed by ${deployer.kind}, one tenant more than ${existing}`);
  console.log(`| applied | ready | proven | memory, idle | memory, after a session |`);
  console.log(`| ------: | ----: | -----: | -----------: | ----------------------: |`);
  console.log(`| ${applied} s | ${ready} s | ${proven} s | ${idle} MB | ${used} MB |`);
} finally {
  await deployer.destroy();
}

/** What the cluster charges the pod of a tenant, in MB: page cache included, as limits count it. */
async function charged(tenant: string): Promise<string> {
  const namespace = namespaceOf(await readManifest(deployer.manifest()), `tenant/${tenant}`);
  const files = '/sys/fs/cgroup/memory.current /sys/fs/cgroup/memory/memory.usage_in_bytes';
  const bytes = await inRuntimePod(environment, namespace, `cat ${files} 2>/dev/null || true`);
  return (Number(bytes.trim()) / 1e6).toFixed(0);
}
