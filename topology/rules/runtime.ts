import type { Problem } from '../problems.js';
import { millicores } from '../schema/common.js';
import type { Auth, Topology } from '../schema/index.js';
import { SHORT_IDLE_TIMEOUT_SECONDS } from '../schema/runtime.js';

import type { Rule } from './rule.js';

const shortIdleTimeout: Rule = ({ runtime, tenants }) => {
  if (runtime.allowShortIdleTimeout) return [];
  const check = (path: string[], seconds: number | undefined): Problem[] =>
    seconds === undefined || seconds === 0 || seconds >= SHORT_IDLE_TIMEOUT_SECONDS
      ? []
      : [
          {
            path: [...path, 'idleTimeoutSeconds'],
            message: `must be at least ${SHORT_IDLE_TIMEOUT_SECONDS}, got ${seconds}: use ${SHORT_IDLE_TIMEOUT_SECONDS} or more, 0 for none, or set runtime.allowShortIdleTimeout`,
          },
        ];
  return [
    ...check(['runtime'], runtime.idleTimeoutSeconds),
    ...Object.entries(tenants).flatMap(([id, tenant]) => check(['tenants', id], tenant.idleTimeoutSeconds)),
  ];
};

/** Each `auth` of a topology with its path. */
function* auths({ runtime, tenants }: Topology): Iterable<[path: string[], auth: Auth]> {
  yield [['runtime', 'auth'], runtime.auth];
  for (const [id, { auth }] of Object.entries(tenants)) if (auth) yield [['tenants', id, 'auth'], auth];
}

const oneIdentity: Rule = (topology) =>
  [...auths(topology)].flatMap(([path, auth]) =>
    auth.githubToken && auth.provider
      ? [
          {
            path: [...path, 'provider'],
            message: 'stands beside githubToken, and the runtime refuses sessions with both: remove one',
          },
        ]
      : [],
  );

const secretSources: Rule = (topology) => {
  const local = topology.platform === 'local';
  const allowed = local ? ['env', 'file'] : ['variable', 'existingSecret'];
  const sources = [...auths(topology)].flatMap(([path, auth]) => [
    [[...path, 'githubToken'], auth.githubToken] as const,
    [[...path, 'provider', 'apiKey'], auth.provider?.apiKey] as const,
  ]);
  const lock = [['pool', 'lock', 'redis', 'password'], topology.pool?.lock?.redis.password] as const;
  return [...sources, lock].flatMap(([path, source]) => {
    const kind = source && Object.keys(source).find((key) => key !== 'revision');
    return kind === undefined || allowed.includes(kind)
      ? []
      : [
          {
            path: [...path, kind],
            message: `cannot be used with platform ${topology.platform}: use ${allowed.join(' or ')}`,
          },
        ];
  });
};

const quotaHoldsRuntime: Rule = ({ runtime, tenants }) =>
  Object.entries(tenants).flatMap(([id, { quota, resources }]) => {
    const { cpu, memoryMiB } = resources ?? runtime.resources;
    const problems: Problem[] = [];
    if (quota?.cpu !== undefined && millicores(quota.cpu) < millicores(cpu)) {
      problems.push({
        path: ['tenants', id, 'quota', 'cpu'],
        message: `must hold the runtime, which asks for ${cpu}, got ${quota.cpu}: raise it to ${cpu} or more`,
      });
    }
    if (quota?.memoryMiB !== undefined && quota.memoryMiB < memoryMiB) {
      problems.push({
        path: ['tenants', id, 'quota', 'memoryMiB'],
        message: `must hold the runtime, which asks for ${memoryMiB} MiB, got ${quota.memoryMiB}: raise it to ${memoryMiB} or more`,
      });
    }
    return problems;
  });

const standInGitHub: Rule = (topology) => {
  if (!topology.smoke.standIn.github) return [];
  const path = ['smoke', 'standIn', 'github'];
  if (topology.platform !== 'local') {
    return [
      {
        path,
        message: `must be false with platform ${topology.platform}, where the runtimes would reach no real GitHub: remove it`,
      },
    ];
  }
  // With a stand-in Mission Control, cloud tenants bring tokens of the stand-in GitHub: any other gets a 401 from it.
  const standIns = topology.smoke.standIn.missionControl ? (topology.cloud?.tenants ?? []) : [];
  const real = [...auths(topology)].find(
    ([[, owner = ''], auth]) => auth.githubToken && !standIns.includes(owner),
  );
  return real
    ? [
        {
          path,
          message: `must be false, since ${real[0].join('.')}.githubToken names a real GitHub identity: remove one of them`,
        },
      ]
    : [];
};

export const runtimeRules: readonly Rule[] = [
  shortIdleTimeout,
  oneIdentity,
  secretSources,
  quotaHoldsRuntime,
  standInGitHub,
];
