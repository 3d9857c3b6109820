import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { V1ClusterRole } from '@kubernetes/client-node';
import { stringify, parseAllDocuments } from 'yaml';

import type { Finding } from '../../diagnosis/index.js';
import { loadTopology } from '../../stacks/files.js';
import { manifestOf, physicalName } from '../../topology/index.js';
import { MANAGED_BY } from '../../topology/labels.js';

import { clusterEnvironment } from './harness/environment.js';
import { writeKubeconfig } from './harness/kubeconfig.js';

const environment = clusterEnvironment();
const { cluster, image } = environment;
/** Namespace of the identities that the tests make. */
const HOME = 'ops-preflight';
const ACME = physicalName('kubernetes', ['opspre', 'tenant', 'acme']);
const DEPLOYER = 'ops-preflight-deployer';

let directory: string;

interface Result {
  readonly code: number;
  readonly printed: string;
  readonly messages: readonly string[];
}

/** Runs the command as somebody. @param token @default - the administrator of the kubeconfig */
async function preflight(kubernetes: object = {}, token?: string, more: object = {}): Promise<Result> {
  const file = path.join(directory, 'topology.yaml');
  const kubeconfig = token === undefined ? environment.kubeconfig : await kubeconfigOf(token);
  const topology = {
    name: 'opspre',
    platform: 'kubernetes',
    pattern: 'isolated',
    runtime: { image, integrationId: 'test' },
    tenants: { acme: {} },
    kubernetes: { provider: { kubeconfig }, ...kubernetes },
    ...more,
  };
  await writeFile(file, stringify(topology));
  const { code, printed, stdout } = await run('preflight', file, '--json');
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  const messages = findings.filter(({ level }) => level === 'problem').map(({ message }) => message);
  return { code, printed, messages };
}

function run(...args: string[]): Promise<{ code: number; stdout: string; printed: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['dist/cli/main.js', ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, printed: stdout + stderr }),
    );
  });
}

const kubeconfigOf = (token: string, trusting = true): Promise<string> =>
  writeKubeconfig(environment, path.join(directory, 'kubeconfig'), { token, trusting });

/** A token of a service account that may do nothing, or what a ClusterRole allows. */
async function tokenOf(name: string, role?: V1ClusterRole): Promise<string> {
  await cluster.core.createNamespacedServiceAccount({ namespace: HOME, body: { metadata: { name } } });
  if (role) {
    await cluster.rbac.createClusterRole({ body: { ...role, metadata: { name: DEPLOYER } } });
    await cluster.rbac.createClusterRoleBinding({
      body: {
        metadata: { name: DEPLOYER },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: DEPLOYER },
        subjects: [{ kind: 'ServiceAccount', namespace: HOME, name }],
      },
    });
  }
  const { status } = await cluster.core.createNamespacedServiceAccountToken({
    namespace: HOME,
    name,
    body: { spec: { audiences: [], expirationSeconds: 600 } } as never,
  });
  return status!.token;
}

/** The role that the documentation tells people to create. */
async function documentedRole(): Promise<V1ClusterRole> {
  const text = await readFile('docs/kubernetes.md', 'utf8');
  const block = [...text.matchAll(/```yaml\n([^]*?)```/g)]
    .map(([, yaml]) => yaml!)
    .find((yaml) => /kind: ClusterRole/.test(yaml));
  return parseAllDocuments(block!)[0]!.toJS() as V1ClusterRole;
}

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'copilot-runtimes-cluster-'));
  await cluster.core.createNamespace({ body: { metadata: { name: HOME } } });
});
afterAll(async () => {
  await cluster.core.deleteNamespace({ name: HOME });
  await cluster.rbac.deleteClusterRole({ name: DEPLOYER }).catch(() => undefined);
  await cluster.rbac.deleteClusterRoleBinding({ name: DEPLOYER }).catch(() => undefined);
  await rm(directory, { recursive: true, force: true });
});

describe('preflight on a real API server', () => {
  it('finds nothing for who may do everything, on the cluster that is pinned', async () => {
    const { metadata } = await cluster.core.readNamespace({ name: 'kube-system' });
    const result = await preflight({ clusterUid: metadata!.uid });
    expect(result).toMatchObject({ code: 0, messages: [] });
    expect(result.printed).toContain(metadata!.uid);
  });

  it('refuses another cluster', async () => {
    const { code, messages } = await preflight({ clusterUid: '99999999-2222-4333-8444-555555555555' });
    expect(messages).toEqual([expect.stringMatching(/but kubernetes\.clusterUid says 99999999-/)]);
    expect(code).toBe(1);
  });

  it('finds nothing with the rights of the documentation', async () => {
    const { code, messages } = await preflight({}, await tokenOf('deployer', await documentedRole()));
    expect(messages).toEqual([]);
    expect(code).toBe(0);
    // They are enough to look as well, which answers with a reason and not with a right that is missing.
    const manifest = path.join(directory, 'manifest.json');
    await writeFile(
      manifest,
      JSON.stringify(manifestOf((await loadTopology(path.join(directory, 'topology.yaml'))).plan)),
    );
    const { printed } = await run(
      'status',
      '--manifest',
      manifest,
      '--explain',
      '--kubeconfig',
      path.join(directory, 'kubeconfig'),
    );
    expect(printed).toMatch(/nothing is deployed for it \[not-deployed\]/);
  });

  it('names each right that an identity has not', async () => {
    const token = await tokenOf('weak');
    const { code, messages, printed } = await preflight({}, token);
    expect(messages).toEqual(
      expect.arrayContaining([
        expect.stringMatching(new RegExp(`^may not get, create, patch, delete secrets in ${ACME}: see`)),
        expect.stringMatching(/^may not get, create, patch, delete deployments in /),
        expect.stringMatching(/^may not list pods in /),
      ]),
    );
    expect(messages).toHaveLength(16);
    expect(printed).not.toContain(token);
    expect(code).toBe(1);
  });

  it('tells credentials that the API server does not know from rights that are missing', async () => {
    const token = 'long-expired-token';
    const { code, messages, printed } = await preflight({}, token);
    expect(messages).toEqual([
      expect.stringMatching(/does not know the credentials \(401\): they are wrong or expired/),
    ]);
    expect(printed).not.toContain(token);
    expect(code).toBe(1);
  });

  it('tells a certificate that nobody vouches for', async () => {
    const kubeconfig = await kubeconfigOf('any', false);
    const { messages } = await preflight({ provider: { kubeconfig } });
    expect(messages).toEqual([expect.stringMatching(/has a certificate that is not trusted \(.+\): check/)]);
  });

  it('finds everything that is missing in one go', async () => {
    const missing = {
      existingNamespaces: { acme: 'ops-nowhere' },
      priorityClassName: 'ops-urgent',
      runtimeClassName: 'ops-gvisor',
    };
    const { messages } = await preflight(missing, undefined, { storage: { class: 'ops-disks' } });
    expect([...messages].sort()).toEqual([
      expect.stringMatching(/^namespace ops-nowhere does not exist/),
      expect.stringMatching(/^there is no PriorityClass ops-urgent/),
      expect.stringMatching(/^there is no RuntimeClass ops-gvisor/),
      expect.stringMatching(/^there is no StorageClass ops-disks/),
    ]);
  });

  it('looks into existing namespaces: pull secrets, quota', async () => {
    await cluster.core.createNamespacedResourceQuota({
      namespace: HOME,
      body: { metadata: { name: 'team' }, spec: { hard: { 'requests.memory': '64Mi' } } },
    });
    const { messages } = await preflight({
      existingNamespaces: { acme: HOME },
      imagePullSecrets: ['registry'],
    });
    expect([...messages].sort()).toEqual([
      expect.stringMatching(
        /^quota team of namespace ops-preflight allows 64Mi of requests\.memory, but 512Mi is needed/,
      ),
      expect.stringMatching(/^there is no Secret ops-preflight\/registry/),
    ]);
  });

  it('says what holds a namespace that does not get deleted', async () => {
    const { core } = cluster;
    await core.createNamespace({ body: { metadata: { name: ACME, labels: { ...MANAGED_BY } } } });
    const held = { name: 'held', finalizers: ['ops.example.com/hold'] };
    await core.createNamespacedConfigMap({ namespace: ACME, body: { metadata: held } });
    try {
      await core.deleteNamespace({ name: ACME });
      // The controller writes what it waits for a moment later.
      let said = '';
      for (const deadline = Date.now() + 30_000; !said.includes('hold') && Date.now() < deadline;)
        said = (await preflight()).messages.join('\n');
      expect(said).toMatch(
        new RegExp(`^namespace ${ACME} is being deleted .*ops\\.example\\.com/hold in 1 resource instances`),
      );
    } finally {
      await core.replaceNamespacedConfigMap({
        namespace: ACME,
        name: 'held',
        body: { metadata: { name: 'held', finalizers: [] } },
      });
    }
  });
});
