import { unusedOnAzure } from './azure/unused.js';
import { pooledCloudTenants, usesCloud } from './cloud.js';
import { tenantsOf, type Placement } from './placement.js';
import type { Tenant, Topology } from './schema/index.js';
import type { Warning } from './warning.js';

type Source = (topology: Topology) => Warning[];

const openPool: Source = (topology) => {
  const { pool } = topology;
  const all = tenantsOf(topology, 'pool')
    .filter(([, { policy }]) => ({ ...pool?.gateway.policy, ...policy }).builtInTools?.includes('*'))
    .map(([id]) => `tenants.${id}`);
  return pool && all.length > 0
    ? [
        {
          code: 'open-pool',
          message: `${all.sort().join(', ')} may use every built-in tool, and so the shell of the replicas: whoever has it can read the sessions of every tenant of the pool; name the tools, or use "placement: dedicated"`,
        },
      ]
    : [];
};

const mutableImage: Source = ({ runtime, platform }) =>
  platform !== 'local' && runtime.image !== undefined && !/@sha256:[0-9a-f]{64}$/.test(runtime.image)
    ? [
        {
          code: 'image-tag',
          message: `runtime.image "${runtime.image}" is no digest, so that two deploys can run different code: use name@sha256:…`,
        },
      ]
    : [];

/** Classes that clusters come with, and that delete a volume together with its claim. */
const DELETING_CLASSES: readonly string[] = [
  'azurefile',
  'azurefile-csi',
  'default',
  'gp2',
  'gp3',
  'local-path',
  'managed',
  'managed-csi',
  'managed-csi-premium',
  'premium-rwo',
  'standard',
  'standard-rwo',
];

const deletingClass: Source = ({ platform, storage, pool }) =>
  platform === 'kubernetes' && storage.retention === 'retain'
    ? [...new Set([storage.class, pool?.class])]
        .filter((name) => name !== undefined && DELETING_CLASSES.includes(name))
        .map((name) => ({
          code: 'class-deletes',
          message: `storage.retention is retain, but class "${name}" usually has reclaimPolicy Delete: a claim that is deleted past Terraform takes the volume along; use a class with reclaimPolicy Retain`,
        }))
    : [];

const foreignNamespaces: Source = ({ platform, kubernetes }) => {
  const names = Object.values(kubernetes?.existingNamespaces ?? {});
  return platform === 'kubernetes' && names.length > 0
    ? [
        {
          code: 'existing-namespaces',
          message: `${names.sort().join(', ')} ${names.length === 1 ? 'is' : 'are'} not ours to change: see that Pod Security "restricted" is enforced there, and that nothing else runs there`,
        },
      ]
    : [];
};

const noReaper: Source = ({ runtime, tenants }) => {
  const never = [
    ...(runtime.idleTimeoutSeconds === 0 ? ['runtime'] : []),
    ...Object.keys(tenants)
      .filter((id) => tenants[id]?.idleTimeoutSeconds === 0)
      .sort()
      .map((id) => `tenants.${id}`),
  ];
  return never.length === 0
    ? []
    : [
        {
          code: 'no-idle-timeout',
          message: `${never.join(', ')}.idleTimeoutSeconds is 0: sessions stay in memory until the runtime restarts; set 1800 unless clients end every session themselves`,
        },
      ];
};

const cliReaper: Source = ({ runtime, tenants }) =>
  runtime.binary === 'cli' &&
  [runtime, ...Object.values(tenants)].some(({ idleTimeoutSeconds: s }) => s && s < 300)
    ? [
        {
          code: 'cli-idle-granularity',
          message:
            'the npm CLI looks for idle sessions only every 300 s: shorter idle timeouts act late, use binary: native for them',
        },
      ]
    : [];

const shortWait: Source = ({ pool, runtime }) => {
  const wait = pool?.gateway.replicaWaitSeconds;
  return wait !== undefined && wait <= runtime.drainSeconds
    ? [
        {
          code: 'short-replica-wait',
          message: `pool.gateway.replicaWaitSeconds is ${wait}, and a replica that is replaced drains for up to ${runtime.drainSeconds} s (runtime.drainSeconds): calls that come early get "unavailable"; leave it out for ${runtime.drainSeconds + 30}`,
        },
      ]
    : [];
};

const foreignSettings: Source = (topology) =>
  (['kubernetes', 'azure'] as const).flatMap((key) =>
    topology[key] && topology.platform !== key
      ? [
          {
            code: 'unused-settings',
            message: `${key} has no effect with platform ${topology.platform}: remove it, or keep it for another platform`,
          },
        ]
      : [],
  );

const oneKindOnly: Source = (topology) => {
  if (topology.pattern !== 'hybrid') return [];
  const empty = (['dedicated', 'pool'] as const).filter((p) => tenantsOf(topology, p).length === 0);
  return empty.map((placement) => ({
    code: 'one-kind-only',
    message: `pattern is hybrid, but no tenant has placement ${placement}: pattern ${placement === 'pool' ? 'isolated' : 'shared'} says it better`,
  }));
};

const plainText: Source = ({ platform }) =>
  platform === 'local'
    ? []
    : [
        {
          code: 'plain-text',
          message:
            "the runtime's protocol has no TLS: use an encrypting CNI, a mesh or a private network between clients and runtimes",
        },
      ];

/** Settings of a runtime of one's own, which a pooled tenant has not. */
const DEDICATED_ONLY = ['auth', 'idleTimeoutSeconds', 'resources', 'sizeGiB', 'quota'] as const;
/** Settings that the gateway heeds, which a dedicated tenant does not go through. */
const POOLED_ONLY = ['limits', 'policy'] as const;

const unusedByPlacement: Source = (topology) => {
  const unused = (placement: Placement, keys: readonly (keyof Tenant)[], why: string) => {
    const paths = tenantsOf(topology, placement)
      // A pooled tenant with cloud sessions has a runtime of its own as well.
      .filter(([id]) => placement === 'dedicated' || !usesCloud(topology, id))
      .flatMap(([id, tenant]) =>
        keys.filter((key) => tenant[key] !== undefined).map((key) => `tenants.${id}.${key}`),
      );
    return paths.length === 0
      ? []
      : [{ code: 'unused-settings', message: `${paths.sort().join(', ')}: no effect on ${why}` }];
  };
  return [
    ...unused(
      'pool',
      DEDICATED_ONLY,
      'tenants of the pool, whose replicas all follow "runtime": remove them, or set "placement: dedicated"',
    ),
    ...unused(
      'dedicated',
      POOLED_ONLY,
      'tenants with a runtime of their own, which no gateway stands before: remove them, or set "placement: pool"',
    ),
  ];
};

const cloudRuntimes: Source = (topology) => {
  const ids = pooledCloudTenants(topology);
  return ids.length === 0
    ? []
    : [
        {
          code: 'cloud-runtime',
          message: `${ids.join(', ')}: placed in the pool, and also given a dedicated runtime for cloud sessions, which run as a runtime's own identity; use "placement: dedicated" if all work may go there`,
        },
      ];
};

const SOURCES: readonly Source[] = [
  openPool,
  mutableImage,
  deletingClass,
  foreignNamespaces,
  noReaper,
  cliReaper,
  shortWait,
  foreignSettings,
  unusedOnAzure,
  unusedByPlacement,
  oneKindOnly,
  cloudRuntimes,
  plainText,
];

/** Every warning of a topology, in a fixed order. */
export function findWarnings(topology: Topology): Warning[] {
  return SOURCES.flatMap((source) => source(topology));
}
