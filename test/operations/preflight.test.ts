import { describe, expect, it } from '@jest/globals';

import { judgeQuota } from '../../cluster/preflight/quota.js';
import { physicalName } from '../../topology/index.js';
import { planOf, type Overrides } from '../support/topology.js';

import { CLUSTER_UID, fakeApi, TOKEN, type Asked } from './fake-api.js';
import { messages, runPreflight } from './run-preflight.js';

const ACME = physicalName('kubernetes', ['tiny', 'tenant', 'acme']);
const OURS = { 'app.kubernetes.io/managed-by': 'copilot-runtimes', 'copilot-runtimes/tenant': 'acme' };
const namespace = (labels: object = OURS, more: object = {}) => ({
  [`/api/v1/namespaces/${ACME}`]: { metadata: { name: ACME, labels }, status: { phase: 'Active' }, ...more },
});

/** Problem that is expected of a cluster and a topology. */
interface Case {
  readonly objects?: Readonly<Record<string, unknown>>;
  readonly allows?: (asked: Asked) => boolean;
  readonly topology?: Overrides;
  readonly says: RegExp;
  /** @default problem */
  readonly level?: 'warning';
}

const storage = (changed: object) => ({
  '/apis/storage.k8s.io/v1/storageclasses': {
    items: [
      {
        metadata: { name: 'disks', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
        provisioner: 'disks.example.com',
        reclaimPolicy: 'Retain',
        volumeBindingMode: 'WaitForFirstConsumer',
        ...changed,
      },
    ],
  },
});
const OPERATOR = { '/apis/monitoring.coreos.com/v1': { resources: [{ kind: 'PodMonitor' }] } };
const existing = { kubernetes: { clusterUid: CLUSTER_UID, existingNamespaces: { acme: 'team-acme' } } };
const team = (labels: object = { 'pod-security.kubernetes.io/enforce': 'restricted' }) => ({
  '/api/v1/namespaces/team-acme': { metadata: { name: 'team-acme', labels }, status: { phase: 'Active' } },
});
const quota = (hard: object, used: object = {}) => ({
  '/api/v1/namespaces/team-acme/resourcequotas': {
    items: [{ metadata: { name: 'team' }, spec: { hard }, status: { hard, used } }],
  },
});

const shared = (redis: object = {}): Overrides => ({
  pattern: 'shared',
  pool: { replicas: 2, storage: 'shared', lock: { redis: { url: 'redis://10.1.2.3', ...redis } } },
});

const CASES: Readonly<Record<string, Case>> = {
  'another cluster': {
    topology: { kubernetes: { clusterUid: '99999999-2222-4333-8444-555555555555' } },
    says: /is the cluster 11111111-\S+, but kubernetes\.clusterUid says 99999999-/,
  },
  'a PodMonitor without its operator': {
    topology: { kubernetes: { monitoring: { namespace: 'kube-system', podMonitor: {} } } },
    says: /knows no PodMonitor \(monitoring\.coreos\.com\/v1\): install the Prometheus operator first, or use/,
  },
  'an operator of something else': {
    topology: { kubernetes: { monitoring: { namespace: 'kube-system', podMonitor: {} } } },
    objects: { '/apis/monitoring.coreos.com/v1': { resources: [{ kind: 'ServiceMonitor' }] } },
    says: /knows no PodMonitor/,
  },
  'no right to a PodMonitor': {
    topology: { kubernetes: { monitoring: { namespace: 'kube-system', podMonitor: {} } } },
    objects: OPERATOR,
    allows: ({ resource }) => resource !== 'podmonitors',
    says: /may not get, create, patch, delete podmonitors in /,
  },
  'a Prometheus whose namespace is missing': {
    topology: { kubernetes: { monitoring: { namespace: 'nowhere' } } },
    says: /there is no namespace nowhere, in which Prometheus is to run/,
    level: 'warning',
  },
  'a cluster that is not pinned': {
    topology: { kubernetes: { clusterUid: undefined } },
    level: 'warning',
    says: /kubernetes\.clusterUid: 11111111-2222-4333-8444-555555555555 makes Terraform refuse/,
  },
  'expired credentials': { objects: { '/version': 401 }, says: /does not know the credentials \(401\)/ },
  'an API server in trouble': { objects: { '/version': 503 }, says: /answers 503 refused with 503/ },
  'an old API server': {
    objects: { '/version': { gitVersion: 'v1.26.3' } },
    says: /is v1\.26\.3, at least 1\.27 is needed, since storage\.accessMode ReadWriteOncePod/,
  },
  'no right to one verb': {
    allows: ({ verb, resource }) => !(resource === 'secrets' && verb === 'create'),
    says: new RegExp(`may not create secrets in ${ACME}: see "What the deployer may do"`),
  },
  'no right to look at pods': {
    allows: ({ resource, subresource }) => resource !== 'pods' || subresource !== undefined,
    says: /may not list pods in \S+, which "rollout" and "status" need/,
  },
  'no right to read logs': {
    allows: ({ subresource }) => subresource !== 'log',
    level: 'warning',
    says: /may not get pods\/log .* know less about reasons/,
  },
  'no such StorageClass': {
    topology: { storage: { class: 'nope' } },
    says: /there is no StorageClass nope \(known are disks\)/,
  },
  'no default StorageClass': {
    objects: storage({ metadata: { name: 'disks' } }),
    says: /has no default StorageClass: set storage\.class \(known are disks\)/,
  },
  'a class that deletes what is to be retained': {
    objects: storage({ reclaimPolicy: 'Delete' }),
    level: 'warning',
    says: /disks has reclaimPolicy Delete while storage\.retention is retain/,
  },
  'a class that binds at once': {
    objects: storage({ volumeBindingMode: 'Immediate' }),
    level: 'warning',
    says: /disks binds volumes at once/,
  },
  'a class whose volumes no two nodes write': {
    topology: shared(),
    objects: storage({ provisioner: 'disk.csi.azure.com' }),
    says: /StorageClass disks is of disk\.csi\.azure\.com, whose volumes are no ReadWriteMany/,
  },
  'a class of which that cannot be told': {
    topology: shared(),
    level: 'warning',
    says: /whether the volumes of StorageClass disks \(disks\.example\.com\) can be ReadWriteMany/,
  },
  'one volume for all replicas': {
    topology: shared(),
    objects: storage({ provisioner: 'kubernetes.io/no-provisioner' }),
    level: 'warning',
    says: /StorageClass disks makes no volumes by itself: 1 PersistentVolumes must be there, that of the pool ReadWriteMany/,
  },
  'no password for the locks': {
    topology: shared({ password: { variable: 'redis_password' } }),
    says: /TF_VAR_redis_password is not set: set it to the secret value that the gateway needs/,
  },
  'a namespace of somebody else': {
    objects: namespace({ 'app.kubernetes.io/managed-by': 'Helm' }),
    says: /exists and belongs to Helm/,
  },
  'a namespace of another tenant': {
    objects: namespace({ ...OURS, 'copilot-runtimes/tenant': 'globex' }),
    says: /belongs to tenant globex, but is planned for acme/,
  },
  'a namespace that does not get deleted': {
    objects: namespace(OURS, {
      spec: { finalizers: ['kubernetes'] },
      status: {
        phase: 'Terminating',
        conditions: [
          {
            type: 'NamespaceFinalizersRemaining',
            status: 'True',
            message: 'x.example.com in 1 resource instances',
          },
        ],
      },
    }),
    says: /is being deleted .*x\.example\.com in 1 resource instances/,
  },
  'an existing namespace that it may not see': {
    topology: existing,
    objects: { '/api/v1/namespaces/team-acme': 403 },
    level: 'warning',
    says: /namespace team-acme may not be looked at/,
  },
  'an existing namespace that is missing': { topology: existing, says: /namespace team-acme does not exist/ },
  'an existing namespace without Pod Security': {
    topology: existing,
    objects: team({}),
    level: 'warning',
    says: /team-acme enforces Pod Security nothing/,
  },
  'a quota without room': {
    topology: existing,
    objects: { ...team(), ...quota({ 'requests.memory': '1Gi', pods: '4' }, { 'requests.memory': '768Mi' }) },
    says: /quota team of namespace team-acme allows 1Gi of requests\.memory, but 1280Mi is needed/,
  },
  'no such PriorityClass': {
    topology: { kubernetes: { clusterUid: CLUSTER_UID, priorityClassName: 'high' } },
    says: /there is no PriorityClass high/,
  },
  'no such RuntimeClass': {
    topology: { kubernetes: { clusterUid: CLUSTER_UID, runtimeClassName: 'gvisor' } },
    says: /there is no RuntimeClass gvisor/,
  },
  'no pull secret': {
    topology: { kubernetes: { ...existing.kubernetes, imagePullSecrets: ['pull'] } },
    objects: team(),
    says: /there is no Secret team-acme\/pull: create it, or correct kubernetes\.imagePullSecrets/,
  },
  'a pull secret for a namespace that is yet to come': {
    topology: { kubernetes: { clusterUid: CLUSTER_UID, imagePullSecrets: ['pull'] } },
    level: 'warning',
    says: /pull \(kubernetes\.imagePullSecrets\) must be there before the pod starts/,
  },
  'a Secret without the key': {
    topology: {
      ...existing,
      runtime: { auth: { githubToken: { existingSecret: { name: 'gh', key: 'token' } } } },
    },
    objects: {
      ...team(),
      '/api/v1/namespaces/team-acme/secrets/gh': { data: { other: 'c2VjcmV0LXZhbHVl' } },
    },
    says: /Secret team-acme\/gh has no key token \(known are other\)/,
  },
  'a variable that is not set': {
    topology: { runtime: { auth: { githubToken: { variable: 'github_token' } } } },
    says: /TF_VAR_github_token is not set: set it to the secret value that tenant\/acme needs/,
  },
};

describe('preflight tells', () => {
  it.each(Object.entries(CASES))('%s', async (_, { objects, allows, topology, says, level }) => {
    const api = await fakeApi(objects, allows);
    const provider = { provider: { kubeconfig: api.kubeconfig } };
    const kubernetes = (topology as { kubernetes?: object } | undefined)?.kubernetes;
    const report = await runPreflight(api.kubeconfig, {
      ...topology,
      ...(kubernetes && { kubernetes: { ...kubernetes, ...provider } }),
    });
    expect(messages(report, level)).toEqual([expect.stringMatching(says)]);
    // A warning alone does not stop a deploy.
    expect(messages(report)).toHaveLength(level ? 0 : 1);
    expect(JSON.stringify(report)).not.toMatch(new RegExp(`${TOKEN}|c2VjcmV0|secret-value`));
    for (const { message } of report.findings) expect(message).toMatch(/^\S[^\n]*[^.\n]$/);
  });

  it('nothing of a cluster that is ready, and only reads', async () => {
    const api = await fakeApi();
    expect(await runPreflight(api.kubeconfig)).toEqual({
      cluster: expect.objectContaining({ uid: CLUSTER_UID, version: 'v1.34.4' }),
      findings: [],
      complete: true,
    });
    const writes = api.requests.filter((request) => !request.startsWith('GET '));
    expect(writes.filter((request) => !/selfsubject(access)?reviews$/.test(request))).toEqual([]);
  });

  it('nothing of what is deployed already', async () => {
    const api = await fakeApi({
      ...team(),
      ...quota({ 'requests.memory': '512Mi' }, { 'requests.memory': '512Mi' }),
      '/apis/apps/v1/namespaces/team-acme/deployments': { items: [{ metadata: { name: 'runtime' } }] },
    });
    const kubernetes = { ...existing.kubernetes, provider: { kubeconfig: api.kubeconfig } };
    expect(messages(await runPreflight(undefined, { kubernetes }))).toEqual([]);
  });

  it('everything at once', async () => {
    const api = await fakeApi(namespace({}), ({ resource }) => resource !== 'deployments');
    const report = await runPreflight(api.kubeconfig, {
      storage: { class: 'nope' },
      runtime: { auth: { githubToken: { variable: 'github_token' } } },
    });
    expect(new Set(report.findings.map(({ check }) => check))).toEqual(
      new Set(['variables', 'rights', 'namespaces', 'storage']),
    );
  });

  it('what it could not look at, and the rest all the same', async () => {
    const api = await fakeApi({ '/apis/storage.k8s.io/v1/storageclasses': 403, ...namespace({}) });
    const report = await runPreflight(api.kubeconfig);
    expect(report.complete).toBe(false);
    expect(messages(report, 'warning')).toEqual([
      expect.stringMatching(/could not be looked at: 403 refused/),
    ]);
    expect(messages(report)).toEqual([expect.stringMatching(/belongs to somebody else/)]);
  });

  it.each([undefined, '', 'a value'])('whether a variable has a value (%s)', async (value) => {
    const api = await fakeApi();
    const runtime = { auth: { githubToken: { variable: 'github_token' } } };
    const env = value === undefined ? undefined : { TF_VAR_github_token: value };
    const { findings } = await runPreflight(api.kubeconfig, { runtime }, env);
    expect(findings).toHaveLength(value ? 0 : 1);
  });
});

describe('a quota', () => {
  it.each([
    ['one volume that all replicas share', shared(), []],
    [
      'a volume of each replica',
      { pattern: 'shared', pool: { replicas: 2 } },
      [expect.stringContaining('allows 1 of persistentvolumeclaims, but 2 is needed')],
    ],
  ])('counts %s', (_, topology, expected) => {
    const { runtimes } = planOf(topology);
    const found = judgeQuota('pool', { spec: { hard: { persistentvolumeclaims: '1' } } }, runtimes, runtimes);
    expect(found.map(({ message }) => message)).toEqual(expected);
  });
});
